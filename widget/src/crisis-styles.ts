import { css } from "lit";

/** The phone numbers, as a line and in front. */
export const crisisStyles = css`
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
`;
