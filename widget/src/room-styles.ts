import { css } from "lit";

/** Little room, less movement, forced colours: after everything else, since they take some of it back. */
export const roomStyles = css`
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
  }
  /* A small phone: the numbers are in front, and the words that came with them have room as well. */
  @container (max-height: 38em) {
    .front {
      padding: 0.2em 0.5em 0.5em;
    }
    .front p,
    .front a span {
      display: none;
    }
    .front ul {
      grid-template-columns: repeat(auto-fit, minmax(8em, 1fr));
      gap: 0.35em;
    }
    .front a {
      min-height: 2.75em;
    }
    .front .less {
      min-height: 3em;
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
