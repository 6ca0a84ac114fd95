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
    color-scheme: light;
  }
  /* Not on the host: what a page says of its elements, by name or by "*", is stronger there. */
  .root {
    all: initial;
    color: var(--ink);
    color-scheme: inherit;
    font-family: var(--aftercare-font, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif);
    font-size: var(--aftercare-font-size, medium);
    line-height: 1.5;
    text-align: start;
    overflow-wrap: anywhere;
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
