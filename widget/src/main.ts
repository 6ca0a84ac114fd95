import { AftercareChat } from "./chat-element";
import { AftercareLauncher } from "./launcher-element";

/**
 * What one script tag does: it defines the elements and, when the tag has `data-server`, adds the launcher to the page.
 *
 * The tag's other attributes: `data-phone`, `data-crisis-line`, `data-ambulance` (numbers while the server cannot be
 * reached), `data-identity` (who is writing, signed by the clinic's portal), `data-theme` (`light`, `dark`), `data-open` (open at once where the panel does not cover the page).
 */
function begin(script: HTMLScriptElement | null): void {
  if (customElements.get("aftercare-chat")) return; // The tag is on the page twice.
  customElements.define("aftercare-chat", AftercareChat);
  customElements.define("aftercare-launcher", AftercareLauncher);
  const { server, phone, crisisLine, ambulance, identity, theme, open } = script?.dataset ?? {};
  if (server === undefined) return;
  const launcher = new AftercareLauncher();
  launcher.server = server;
  if (phone !== undefined) launcher.phone = phone;
  if (crisisLine !== undefined) launcher.crisisLine = crisisLine;
  if (ambulance !== undefined) launcher.ambulance = ambulance;
  if (identity !== undefined) launcher.identity = identity;
  if (theme !== undefined) launcher.theme = theme;
  const add = (): void => {
    document.body.append(launcher);
    if (open !== undefined && matchMedia("(min-width: 64em)").matches) void launcher.show(true);
  };
  if (document.body) add();
  else document.addEventListener("DOMContentLoaded", add, { once: true });
}

begin((document.currentScript as HTMLScriptElement | null) ?? document.querySelector('script[data-server][src*="aftercare-widget"]'));
