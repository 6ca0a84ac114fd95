import { css } from "lit";

/** The messages. */
export const logStyles = css`
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
`;
