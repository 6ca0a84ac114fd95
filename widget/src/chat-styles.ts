import { css } from "lit";

/** The chat: head, numbers, log, composer. Measures in em of the reader's own text size. */
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
    box-sizing: border-box;
    display: flex;
    flex-direction: column;
    height: 100%;
    font-size: 1.0625em;
    background: var(--surface);
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
  h2:focus-visible {
    outline: none; /* A place to start reading, not a control. */
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
    padding: 0.35em 0.5em 0.5em;
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
    grid-template-columns: repeat(3, auto);
    gap: 0.35em;
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
    padding: 0.15em 0.2em;
    border: 1px solid var(--alarm);
    border-radius: 0.6em;
    background: var(--surface);
    color: var(--alarm-ink);
    text-align: center;
    text-decoration: none;
    line-height: 1.2;
    overflow-wrap: normal;
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
    min-height: 3.25em;
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
  .picture {
    display: block;
    width: 100%;
    max-width: 26em;
    height: auto;
    margin-top: 0.5em;
    border-radius: 0.25em;
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
  }
  .fate.bad {
    max-width: 92%;
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
      overscroll-behavior: contain;
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
      padding: 0.35em 0.5em;
    }
    .front .head,
    .front a span {
      display: none;
    }
    .front ul {
      grid-template-columns: repeat(auto-fit, minmax(8.5em, 1fr));
      gap: 0.35em;
    }
    .front a {
      min-height: 2.75em;
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
  @container (max-height: 38em) {
    .front p {
      display: none;
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
