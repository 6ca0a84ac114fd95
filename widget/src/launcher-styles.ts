import { css } from "lit";

/** The button in the corner and the panel. */
export const launcherStyles = css`
  :host {
    position: fixed;
    inset: auto 0 0 auto;
    z-index: var(--aftercare-layer, 2147483000);
  }
  .launcher {
    box-sizing: border-box;
    cursor: pointer;
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
  .panel:not([open]) {
    display: none;
  }
  .panel[open] {
    display: block;
  }
  .panel {
    position: fixed;
    box-sizing: border-box;
    inset: auto max(1em, env(safe-area-inset-right)) max(1em, env(safe-area-inset-bottom)) auto;
    width: min(26em, calc(100vw - 2em));
    height: min(50em, calc(100vh - 2em));
    height: min(50em, calc(100dvh - 2em));
    max-width: none;
    max-height: none;
    padding: 0;
    border: 0;
    border-radius: var(--radius);
    overflow: hidden;
    box-shadow: 0 10px 40px rgb(0 0 0 / 0.35);
  }
  .panel::backdrop {
    background: rgb(0 0 0 / 0.5);
  }
  aftercare-chat {
    --aftercare-height: 100%;
  }
  @media (max-width: 37em), (max-height: 30em) {
    .panel {
      inset: var(--seen-top, 0) 0 auto 0;
      width: 100vw;
      height: var(--seen-height, 100dvh);
      border-radius: 0;
    }
    aftercare-chat {
      border: 0;
      border-radius: 0;
    }
  }
`;
