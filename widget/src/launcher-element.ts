import { html, LitElement, type TemplateResult } from "lit";
import type { AftercareChat, ArrivedEvent } from "./chat-element";
import { icons } from "./icons";
import { launcherStyles } from "./launcher-styles";
import { storeOf } from "./outbox";
import { isInvited } from "./proof";
import { strings } from "./strings";
import { theme } from "./theme";
import { isGrave } from "./wire";

/** Remembers that this browser has used the chat: only then does a page talk to the server before it is opened. */
const STARTED = "aftercare.started";
/** Windows in which the panel covers everything; the same as in the styles. */
const COVERS = "(max-width: 37em), (max-height: 30em)";

/** The button in the corner of a page, and the panel that it opens. Made by the script tag; takes the attributes of the chat. */
export class AftercareLauncher extends LitElement {
  static override styles = [theme, launcherStyles];
  static override properties = {
    server: { type: String },
    theme: { type: String, reflect: true },
    phone: { type: String },
    crisisLine: { type: String, attribute: "crisis-line" },
    ambulance: { type: String },
    identity: { type: String },
    shown: { state: true },
    started: { state: true },
    unread: { state: true },
    grave: { state: true },
  };

  declare server: string;
  declare theme: string | undefined;
  declare phone: string;
  declare crisisLine: string;
  declare ambulance: string;
  declare identity: string;
  declare shown: boolean;
  declare started: boolean;
  declare unread: number;
  declare grave: boolean;

  #openedFrom: HTMLElement | null = null;

  constructor() {
    super();
    this.server = "";
    this.phone = "";
    this.crisisLine = "988";
    this.ambulance = "911";
    this.identity = "";
    this.shown = false;
    this.started = storeOf("localStorage")?.getItem(STARTED) === "1";
    this.unread = 0;
    this.grave = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener("click", this.#clicked);
    window.visualViewport?.addEventListener("resize", this.#fit);
    window.visualViewport?.addEventListener("scroll", this.#fit);
    if (isInvited()) void this.show(true);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener("click", this.#clicked);
    window.visualViewport?.removeEventListener("resize", this.#fit);
    window.visualViewport?.removeEventListener("scroll", this.#fit);
  }

  /** Opens the panel. With `quietly` the focus stays where it is (where the panel does not cover the page). */
  async show(quietly = false, from: HTMLElement | null = null): Promise<void> {
    if (from !== null || !this.shown) this.#openedFrom = from;
    if (this.shown) {
      if (!quietly) this.#chat()?.enter();
      return;
    }
    this.shown = true;
    this.started = true;
    this.unread = 0;
    this.grave = false;
    try {
      storeOf("localStorage")?.setItem(STARTED, "1");
    } catch {
      // Blocked: the next page starts when it is opened.
    }
    await this.updateComplete;
    const dialog = this.#dialog();
    const covers = matchMedia(COVERS).matches;
    if (covers) dialog?.showModal();
    else dialog?.setAttribute("open", ""); // show() would move the focus.
    this.#fit();
    const chat = this.#chat();
    await chat?.updateComplete;
    if (covers || !quietly) chat?.enter();
  }

  /** Closes the panel and gives the focus back to what opened it. */
  async hide(): Promise<void> {
    if (!this.shown) return;
    const dialog = this.#dialog();
    const hadFocus = dialog?.matches(":focus-within") === true;
    if (dialog?.open) dialog.close();
    this.shown = false;
    await this.updateComplete;
    if (!hadFocus) return;
    const from = this.#openedFrom?.isConnected ? this.#openedFrom : this.renderRoot.querySelector<HTMLElement>(".launcher");
    from?.focus();
  }

  #dialog(): HTMLDialogElement | null {
    return this.renderRoot.querySelector("dialog");
  }

  #chat(): AftercareChat | null {
    return this.renderRoot.querySelector<AftercareChat>("aftercare-chat");
  }

  /** Any element of the page with `data-aftercare-open` opens the chat. */
  readonly #clicked = (event: MouseEvent): void => {
    const opener = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-aftercare-open]") : null;
    if (opener !== null) {
      event.preventDefault();
      void this.show(false, opener);
    }
  };

  /** Where an on-screen keyboard covers the page without resizing it, the panel keeps to what can be seen. */
  readonly #fit = (): void => {
    const seen = window.visualViewport;
    const dialog = this.#dialog();
    if (!seen || !dialog || seen.scale > 1.01) return;
    dialog.style.setProperty("--seen-height", `${seen.height}px`);
    dialog.style.setProperty("--seen-top", `${seen.offsetTop}px`);
  };

  readonly #arrived = (event: Event): void => {
    const { message } = event as ArrivedEvent;
    if (this.shown) return;
    this.unread += 1;
    if (isGrave(message.level)) {
      this.grave = true;
      void this.show(true);
    }
  };

  protected override render(): TemplateResult {
    const label = this.grave ? strings.launcherGrave : strings.launcher;
    return html`<button
        class="root launcher ${this.grave ? "grave" : ""}"
        type="button"
        lang="en"
        aria-haspopup="dialog"
        aria-expanded=${this.shown}
        ?hidden=${this.shown}
        @click=${() => this.show()}
      >
        ${icons.chat}<span>${label}</span>${this.unread > 0
          ? html`<span class="count">${strings.launcherUnread(this.unread)}</span>`
          : null}
      </button>
      <div class="root unseen" role="status" lang="en">${this.unread > 0 && !this.shown ? strings.launcherUnread(this.unread) : null}</div>
      <dialog class="root panel" aria-label=${strings.panelLabel("")} @cancel=${this.#cancelled}>
        <aftercare-chat
          closable
          .server=${this.server}
          .phone=${this.phone}
          .crisisLine=${this.crisisLine}
          .ambulance=${this.ambulance}
          .identity=${this.identity}
          .theme=${this.theme}
          .open=${this.started}
          @aftercare-close=${() => this.hide()}
          @aftercare-arrived=${this.#arrived}
        ></aftercare-chat>
      </dialog>`;
  }

  /** Escape, or the back gesture, on the panel that covers the page. */
  readonly #cancelled = (event: Event): void => {
    event.preventDefault();
    void this.hide();
  };
}
