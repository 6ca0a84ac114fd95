import { css } from "lit";

/** What stands below the messages: who is writing, and the place to write. */
export const composerStyles = css`
  .below {
    flex: none;
  }
  /* Nothing that is to be read, such as a number to call, lies under it. */
  .newest {
    width: 100%;
    font-size: 0.9375em;
    border-radius: 0;
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
`;
