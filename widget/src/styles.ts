import { css } from "lit";

/**
 * Colours, type and measures. A page may set the `--aftercare-...` variables; everything else is closed in.
 *
 * Sizes are in em of the reader's own text size: pages that change the size of `html` do not shrink the chat.
 */
export const theme = css`
  :host {
    all: initial;
    --accent: var(--aftercare-accent, #0b5a63);
    --on-accent: var(--aftercare-on-accent, #ffffff);
    --surface: var(--aftercare-surface, #ffffff);
    --ground: var(--aftercare-ground, #f3f6f7);
    --ink: var(--aftercare-ink, #15222a);
    --ink-soft: var(--aftercare-ink-soft, #47565e);
    --line: var(--aftercare-line, #c4d0d5);
    --control: #66767f;
    --staff: #fdf3da;
    --staff-line: #8a6100;
    --alarm: #a3161a;
    --on-alarm: #ffffff;
    --alarm-ground: #fdeeed;
    --alarm-ink: #6f0f12;
    --focus: #0a3fb8;
    --radius: var(--aftercare-radius, 0.9em);
    color: var(--ink);
    font-family: var(--aftercare-font, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif);
    font-size: var(--aftercare-font-size, medium);
    line-height: 1.5;
    color-scheme: light;
    text-align: start;
    -webkit-text-size-adjust: 100%;
  }
  @media (prefers-color-scheme: dark) {
    :host(:not([theme="light"])) {
      --accent: var(--aftercare-dark-accent, #86d6df);
      --on-accent: var(--aftercare-dark-on-accent, #04262b);
      --surface: var(--aftercare-dark-surface, #172026);
      --ground: var(--aftercare-dark-ground, #0e1418);
      --ink: var(--aftercare-dark-ink, #eef3f5);
      --ink-soft: var(--aftercare-dark-ink-soft, #b4c2c9);
      --line: var(--aftercare-dark-line, #3a4850);
      --control: #8b9aa2;
      --staff: #2f2814;
      --staff-line: #e8bf5c;
      --alarm: #ffb3ad;
      --on-alarm: #3d0002;
      --alarm-ground: #381214;
      --alarm-ink: #ffdad7;
      --focus: #a9c7ff;
      color-scheme: dark;
    }
  }
  :host([theme="dark"]) {
    --accent: var(--aftercare-dark-accent, #86d6df);
    --on-accent: var(--aftercare-dark-on-accent, #04262b);
    --surface: var(--aftercare-dark-surface, #172026);
    --ground: var(--aftercare-dark-ground, #0e1418);
    --ink: var(--aftercare-dark-ink, #eef3f5);
    --ink-soft: var(--aftercare-dark-ink-soft, #b4c2c9);
    --line: var(--aftercare-dark-line, #3a4850);
    --control: #8b9aa2;
    --staff: #2f2814;
    --staff-line: #e8bf5c;
    --alarm: #ffb3ad;
    --on-alarm: #3d0002;
    --alarm-ground: #381214;
    --alarm-ink: #ffdad7;
    --focus: #a9c7ff;
    color-scheme: dark;
  }
  * {
    box-sizing: border-box;
    margin: 0;
    padding: 0;
    font: inherit;
    color: inherit;
  }
  [hidden] {
    display: none !important;
  }
  b,
  h2,
  h3 {
    font-weight: 650;
  }
  button,
  a {
    -webkit-tap-highlight-color: transparent;
    touch-action: manipulation;
  }
  button {
    cursor: pointer;
    background: none;
    border: 0;
  }
  :focus {
    outline: none;
  }
  :focus-visible {
    outline: 3px solid var(--focus);
    outline-offset: 2px;
  }
  svg {
    width: 1.25em;
    height: 1.25em;
    flex: none;
    fill: none;
    stroke: currentColor;
    stroke-width: 2;
    stroke-linecap: round;
    stroke-linejoin: round;
  }
  .unseen {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  .plain {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 0.4em;
    min-height: 2.75em;
    padding: 0.35em 1em;
    border: 1px solid var(--control);
    border-radius: var(--radius);
    background: var(--surface);
    color: var(--ink);
  }
  .plain:hover {
    border-color: var(--accent);
  }
  .strong {
    border-color: var(--accent);
    background: var(--accent);
    color: var(--on-accent);
    font-weight: 650;
  }
`;

export const chatStyles = css`
  :host {
    display: block;
    height: var(--aftercare-height, min(42em, 92vh));
    container-type: size;
    background: var(--surface);
    border: 1px solid var(--line);
    border-radius: var(--radius);
    overflow: hidden;
  }
  :host([hidden]) {
    display: none;
  }
  .chat {
    display: flex;
    flex-direction: column;
    height: 100%;
    font-size: 1.0625em;
    background: var(--surface);
    overflow-wrap: anywhere;
  }

  header {
    display: flex;
    align-items: center;
    gap: 0.5em;
    padding: 0.6em 0.5em 0.5em 1em;
  }
  header > div {
    flex: 1;
    min-width: 0;
  }
  h2 {
    font-size: 1.1em;
    line-height: 1.25;
  }
  .status {
    display: flex;
    align-items: baseline;
    gap: 0.45em;
    font-size: 0.875em;
    line-height: 1.35;
    color: var(--ink-soft);
  }
  .dot {
    width: 0.65em;
    height: 0.65em;
    flex: none;
    border: 2px solid var(--control);
    border-radius: 50%;
  }
  .open .dot {
    background: #2c8a4b;
    border-color: #2c8a4b;
  }
  .waiting,
  .offline {
    color: var(--alarm-ink);
    font-weight: 650;
  }
  .waiting .dot,
  .offline .dot {
    border-color: var(--alarm);
    border-radius: 0;
  }
  .icon {
    display: grid;
    place-items: center;
    width: 2.75em;
    height: 2.75em;
    border-radius: var(--radius);
    color: var(--ink-soft);
  }
  .icon:hover {
    color: var(--ink);
    background: var(--ground);
  }

  .crisis {
    flex: none;
    padding: 0.35em 0.6em 0.5em;
    background: var(--alarm-ground);
    color: var(--alarm-ink);
    border-block: 1px solid var(--alarm);
  }
  .crisis h3 {
    font-size: 0.875em;
    line-height: 1.5;
    padding-inline: 0.2em;
  }
  .crisis ul {
    display: grid;
    grid-template-columns: 1fr 1fr 1.55fr;
    gap: 0.4em;
    list-style: none;
  }
  .crisis ul.two {
    grid-template-columns: 1fr 1fr;
  }
  .crisis a {
    display: flex;
    flex-direction: column;
    align-items: center;
    justify-content: center;
    height: 100%;
    min-height: 2.75em;
    padding: 0.15em 0.3em;
    border: 1px solid var(--alarm);
    border-radius: 0.6em;
    background: var(--surface);
    color: var(--alarm-ink);
    text-align: center;
    text-decoration: none;
    line-height: 1.2;
  }
  .crisis a:hover {
    text-decoration: underline;
  }
  .crisis a b {
    white-space: nowrap;
  }
  .crisis a span:last-child {
    font-size: 0.8125em;
  }
  .front {
    padding: 0.6em 0.75em 0.75em;
    border-block-width: 3px;
  }
  .front .head {
    display: flex;
    align-items: center;
    justify-content: space-between;
    gap: 0.5em;
  }
  .front h3 {
    font-size: 1.15em;
    line-height: 1.25;
  }
  .front p {
    padding: 0 0.2em 0.5em;
    font-size: 0.9375em;
  }
  .front .less {
    flex: none;
    min-height: 2.75em;
    padding-inline: 0.5em;
    font-size: 0.875em;
    text-decoration: underline;
  }
  .front ul {
    grid-template-columns: 1fr 1fr;
    gap: 0.5em;
  }
  .front a {
    min-height: 3.5em;
    background: var(--alarm);
    color: var(--on-alarm);
  }
  .front a b {
    font-size: 1.15em;
    white-space: normal;
  }
  .front a.second {
    background: var(--surface);
    color: var(--alarm-ink);
  }

  .log {
    flex: 1;
    min-height: 0;
    overflow-y: auto;
    overscroll-behavior: contain;
    padding: 0.75em;
    background: var(--ground);
  }
  .log:focus-visible {
    outline-offset: -3px;
  }
  .log ol,
  .log ul {
    list-style: none;
  }
  .older {
    display: grid;
    justify-items: center;
    gap: 0.4em;
    padding-bottom: 0.5em;
    text-align: center;
  }
  .day {
    padding: 0.6em 0;
    text-align: center;
    font-size: 0.875em;
    color: var(--ink-soft);
  }
  .item {
    display: flex;
    flex-direction: column;
    align-items: flex-start;
    padding-top: 0.3em;
  }
  .item.first {
    padding-top: 0.9em;
  }
  .item.patient {
    align-items: flex-end;
  }
  .who {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0 0.45em;
    padding: 0 0.2em 0.2em;
    font-size: 0.875em;
    color: var(--ink-soft);
  }
  .who b {
    color: var(--ink);
  }
  .who svg {
    width: 1.1em;
    height: 1.1em;
  }
  .badge {
    padding: 0 0.5em;
    border: 1px solid var(--staff-line);
    border-radius: 1em;
    background: var(--staff);
    color: var(--ink);
  }
  .bubble {
    max-width: min(92%, 34em);
    padding: 0.55em 0.85em;
    border: 1px solid var(--line);
    border-radius: var(--radius);
    border-start-start-radius: 0.25em;
    background: var(--surface);
    white-space: pre-wrap;
  }
  .patient .bubble {
    border-color: var(--accent);
    border-start-start-radius: var(--radius);
    border-end-end-radius: 0.25em;
    background: var(--accent);
    color: var(--on-accent);
  }
  .patient.unsent .bubble {
    border: 2px dashed var(--accent);
    background: var(--surface);
    color: var(--ink);
  }
  .staff .bubble {
    border-color: var(--staff-line);
    border-inline-start-width: 5px;
    background: var(--staff);
  }
  .grave .bubble {
    border: 2px solid var(--alarm);
    border-inline-start-width: 6px;
    background: var(--alarm-ground);
    color: var(--alarm-ink);
  }
  .bubble a {
    display: inline-block;
    font-weight: 650;
    text-decoration: underline;
    text-underline-offset: 0.15em;
    padding-block: 0.15em;
  }
  .mark {
    display: flex;
    align-items: center;
    gap: 0.35em;
    padding-bottom: 0.15em;
    font-weight: 650;
  }
  .fate {
    padding: 0.15em 0.3em 0;
    font-size: 0.875em;
    color: var(--ink-soft);
    text-align: end;
  }
  .fate.bad {
    color: var(--alarm-ink);
    font-weight: 650;
  }
  .row {
    display: flex;
    flex-wrap: wrap;
    gap: 0.5em;
    padding-top: 0.4em;
  }
  .choices {
    padding-top: 0.6em;
    max-width: 100%;
  }
  .choices button {
    border: 2px solid var(--accent);
    color: var(--accent);
    font-weight: 650;
    text-align: start;
  }
  .choices button:hover {
    background: var(--accent);
    color: var(--on-accent);
  }

  .below {
    position: relative;
    flex: none;
  }
  .newest {
    position: absolute;
    inset: auto 0 calc(100% + 0.5em);
    margin-inline: auto;
    width: max-content;
    font-size: 0.9375em;
    box-shadow: 0 2px 8px rgb(0 0 0 / 0.25);
  }
  .typing {
    display: flex;
    align-items: center;
    gap: 0.6em;
    padding: 0.25em 1em;
    font-size: 0.9375em;
    color: var(--ink-soft);
    background: var(--ground);
  }
  .dots {
    display: inline-flex;
    gap: 0.25em;
  }
  .dots i {
    width: 0.4em;
    height: 0.4em;
    border-radius: 50%;
    background: currentColor;
    animation: breathe 1.4s ease-in-out infinite;
  }
  .dots i:nth-child(2) {
    animation-delay: 0.2s;
  }
  .dots i:nth-child(3) {
    animation-delay: 0.4s;
  }
  @keyframes breathe {
    50% {
      opacity: 0.25;
    }
  }

  form {
    padding: 0.5em 0.75em 0.75em;
    border-top: 1px solid var(--line);
    background: var(--surface);
  }
  label {
    display: block;
    padding-bottom: 0.2em;
    font-size: 0.875em;
    font-weight: 650;
  }
  .line {
    display: flex;
    align-items: flex-end;
    gap: 0.5em;
  }
  textarea {
    flex: 1;
    min-width: 0;
    min-height: 2.9em;
    max-height: 7.5em;
    padding: 0.6em 0.75em;
    border: 2px solid var(--control);
    border-radius: var(--radius);
    background: var(--surface);
    color: var(--ink);
    font-size: max(1em, 16px);
    line-height: 1.4;
    resize: none;
  }
  textarea::placeholder {
    color: var(--ink-soft);
    opacity: 1;
  }
  textarea:focus {
    outline: 3px solid var(--focus);
    outline-offset: 0;
  }
  textarea[aria-invalid="true"] {
    border-color: var(--alarm);
  }
  .send {
    min-height: 2.9em;
  }
  .note {
    padding-top: 0.3em;
    font-size: 0.875em;
    color: var(--ink-soft);
  }
  .note.bad {
    color: var(--alarm-ink);
    font-weight: 650;
  }
  .welcome {
    flex: 1;
    display: grid;
    place-content: center;
    justify-items: center;
    gap: 1em;
    padding: 1em;
    text-align: center;
  }

  /* Little height (a phone on its side, 400 % zoom): one scroll for all, with the numbers still in sight. */
  @container (max-height: 27em) {
    .chat {
      overflow-y: auto;
    }
    .log {
      flex: 1 0 auto;
      overflow: visible;
    }
    .crisis {
      position: sticky;
      top: 0;
      z-index: 1;
    }
    .front {
      position: static;
    }
    .bar h3 {
      position: absolute;
      width: 1px;
      height: 1px;
      overflow: hidden;
      clip-path: inset(50%);
    }
    .newest {
      position: sticky;
      bottom: 0.5em;
    }
  }
  @container (max-width: 15em) {
    .front ul,
    .crisis ul,
    .crisis ul.two {
      grid-template-columns: 1fr;
    }
  }

  @media (prefers-reduced-motion: reduce) {
    .dots i {
      animation: none;
    }
  }
  @media (forced-colors: active) {
    .dot,
    .dots i {
      forced-color-adjust: none;
      background: CanvasText;
    }
    .waiting .dot,
    .offline .dot {
      background: Canvas;
      border-color: CanvasText;
    }
    .patient .bubble {
      border-width: 2px;
    }
    .strong,
    .front a {
      border-width: 3px;
    }
  }
`;

export const launcherStyles = css`
  :host {
    position: fixed;
    inset: auto 0 0 auto;
    z-index: var(--aftercare-layer, 2147483000);
  }
  .launcher {
    position: fixed;
    inset: auto max(1em, env(safe-area-inset-right)) max(1em, env(safe-area-inset-bottom)) auto;
    display: inline-flex;
    align-items: center;
    gap: 0.55em;
    max-width: calc(100vw - 2em);
    min-height: 3.4em;
    padding: 0.5em 1.2em;
    border: 2px solid var(--surface);
    border-radius: 2em;
    background: var(--accent);
    color: var(--on-accent);
    font-size: 1.0625em;
    font-weight: 650;
    box-shadow: 0 3px 14px rgb(0 0 0 / 0.35);
  }
  .launcher.grave {
    background: var(--alarm);
    color: var(--on-alarm);
  }
  .count {
    padding: 0 0.55em;
    border-radius: 1em;
    background: var(--surface);
    color: var(--ink);
    font-size: 0.875em;
  }
  dialog {
    position: fixed;
    inset: auto max(1em, env(safe-area-inset-right)) max(1em, env(safe-area-inset-bottom)) auto;
    width: min(26em, calc(100vw - 2em));
    height: min(43em, calc(100vh - 2em));
    height: min(43em, calc(100dvh - 2em));
    max-width: none;
    max-height: none;
    padding: 0;
    border: 0;
    border-radius: var(--radius);
    background: none;
    color: inherit;
    overflow: hidden;
    box-shadow: 0 10px 40px rgb(0 0 0 / 0.35);
  }
  dialog::backdrop {
    background: rgb(0 0 0 / 0.5);
  }
  aftercare-chat {
    --aftercare-height: 100%;
  }
  @media (max-width: 37em), (max-height: 30em) {
    dialog {
      inset: var(--seen-top, 0) 0 auto 0;
      width: 100vw;
      height: var(--seen-height, 100dvh);
      border-radius: 0;
    }
    aftercare-chat {
      --aftercare-radius: 0.9em;
    }
  }
`;
