import { css } from "lit";

/** The box of the chat, its head, and what stands there before the chat is started. Measures in em of the reader's own text size. */
export const frameStyles = css`
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

  .welcome {
    flex: 1;
    display: grid;
    place-content: center;
    justify-items: center;
    gap: 1em;
    padding: 1em;
    text-align: center;
  }
`;
