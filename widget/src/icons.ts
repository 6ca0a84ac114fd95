import { svg, html, type TemplateResult } from "lit";

const icon = (path: TemplateResult): TemplateResult =>
  html`<svg viewBox="0 0 24 24" aria-hidden="true" focusable="false">${path}</svg>`;

export const icons = {
  chat: icon(svg`<path d="M4 5h16v11H10l-5 4v-4H4z" />`),
  close: icon(svg`<path d="M6 6l12 12M18 6L6 18" />`),
  send: icon(svg`<path d="M4 12h14M12 6l6 6-6 6" />`),
  person: icon(svg`<circle cx="12" cy="8" r="4" /><path d="M4 21c1-5 4-7 8-7s7 2 8 7" />`),
  important: icon(svg`<path d="M12 3l10 18H2zM12 10v5M12 18v.1" />`),
  down: icon(svg`<path d="M12 5v14M6 13l6 6 6-6" />`),
};
