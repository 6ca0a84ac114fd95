import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { Api } from "./api";
import { chatStyles } from "./chat-styles";
import { Composer, onScreenKeyboard } from "./composer";
import { Conversation } from "./conversation";
import { crisisNumbers } from "./crisis-view";
import { icons } from "./icons";
import { isElsewhere, Keeper } from "./keeper";
import { messageList } from "./messages-view";
import { Outbox, storeOf } from "./outbox";
import { identityOf, inviteOfPage } from "./proof";
import { Scroll } from "./scroll";
import { strings } from "./strings";
import { theme } from "./theme";
import { type Choice, type Clinic, isGrave, type Message } from "./wire";

/** Told to whoever holds the chat (the launcher): a message came that the patient has not written. */
export class ArrivedEvent extends Event {
  constructor(readonly message: Message) {
    super("aftercare-arrived");
  }
}

/**
 * The chat. `<aftercare-chat server="" open></aftercare-chat>` fills the box that the page gives it.
 *
 * Attributes: `server` (address before `/chat/...`; empty for the page's own), `open` (talk to the server at once; without
 * it the patient starts the chat), `theme` (`light` or `dark`; otherwise as the system says), and the numbers to show while
 * the server cannot be reached: `phone`, `crisis-line`, `ambulance`. `identity`: who is writing, signed by the clinic's portal.
 * A page that was opened by an invite link opens the chat.
 */
export class AftercareChat extends LitElement {
  static override styles = [theme, chatStyles];
  static override properties = {
    server: { type: String },
    open: { type: Boolean, reflect: true },
    theme: { type: String, reflect: true },
    phone: { type: String },
    crisisLine: { type: String, attribute: "crisis-line" },
    ambulance: { type: String },
    identity: { type: String },
    closable: { type: Boolean },
  };

  declare server: string;
  declare open: boolean;
  declare theme: string | undefined;
  declare phone: string;
  declare crisisLine: string;
  declare ambulance: string;
  /** Who the clinic's portal says is writing, signed by it. */
  declare identity: string;
  /** Shows a button that asks, by an `aftercare-close` event, to be closed. */
  declare closable: boolean;

  #conversation: Conversation | null = null;
  #alert = "";
  #quiet = true;
  #composer = new Composer(
    () => this.renderRoot,
    (text) => this.conversation.write(text),
    () => this.requestUpdate(),
  );
  #scroll = new Scroll(this, () => this.renderRoot, () => this.requestUpdate());
  #wasFocused: Element | null = null;
  #ticker: ReturnType<typeof setInterval> | undefined;

  constructor() {
    super();
    this.server = "";
    this.open = false;
    this.phone = "";
    this.crisisLine = "988";
    this.ambulance = "911";
    this.identity = "";
    this.closable = false;
  }

  get conversation(): Conversation {
    return (this.#conversation ??= new Conversation(
      this.#api(),
      new Outbox(storeOf("localStorage"), storeOf("sessionStorage")),
      this.#fallback(),
      () => this.requestUpdate(),
      (message) => this.#arrived(message),
    ));
  }

  #api(): Api {
    const base = this.server.replace(/\/+$/, "");
    return new Api(base, undefined, new Keeper(base, isElsewhere(base), storeOf("localStorage")));
  }

  override connectedCallback(): void {
    super.connectedCallback();
    window.addEventListener("online", this.#online);
    window.addEventListener("offline", this.#offline);
    window.addEventListener("pageshow", this.#shown);
    document.addEventListener("visibilitychange", this.#shown);
    if (!navigator.onLine) this.conversation.offline();
    const invite = inviteOfPage();
    if (invite !== null) {
      this.conversation.prove(invite);
      this.open = true;
    }
    // "Sending…" turns into "not sent yet" as time goes by, and days change.
    this.#ticker = setInterval(() => this.#conversation?.unsent.length && this.requestUpdate(), 4_000);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    window.removeEventListener("online", this.#online);
    window.removeEventListener("offline", this.#offline);
    window.removeEventListener("pageshow", this.#shown);
    document.removeEventListener("visibilitychange", this.#shown);
    clearInterval(this.#ticker);
    this.#scroll.stop();
    this.#conversation?.stop();
    this.#conversation = null;
  }

  /** Puts the focus where a person who opens the chat goes on: the writing field, or the title where a keyboard would cover half of the screen. */
  enter(): void {
    const target = onScreenKeyboard() ? null : this.#composer.field;
    (target ?? this.renderRoot.querySelector<HTMLElement>("h2"))?.focus();
    this.#scroll.toEnd();
  }

  #fallback(): Clinic {
    const { phone, crisisLine, ambulance } = this;
    return { name: "", phone, afterHoursPhone: "", crisisLine, ambulance, onShift: null };
  }

  readonly #online = (): void => this.conversation.wake(0);
  readonly #offline = (): void => this.conversation.offline();
  readonly #shown = (): void => {
    if (document.hidden) return this.conversation.rest();
    this.conversation.wake();
    if (!navigator.onLine) this.conversation.offline();
  };

  #arrived(message: Message): void {
    if (message.from !== "patient") this.dispatchEvent(new ArrivedEvent(message));
    if (isGrave(message.level)) {
      const { ambulance, crisisLine } = this.conversation.clinic;
      this.#alert = strings.crisisAlert(ambulance, crisisLine);
    }
  }

  protected override willUpdate(changes: PropertyValues): void {
    if (changes.has("identity") && this.identity) this.conversation.prove(identityOf(this.identity));
    if (changes.has("open") && this.open) this.conversation.start();
    this.#wasFocused = this.shadowRoot?.activeElement ?? null;
    this.#composer.restore(this.#conversation?.key ?? null);
  }

  protected override updated(): void {
    // What had the focus is gone (an answered question, a closed panel): the focus goes on to the place for writing.
    if (this.#wasFocused !== null && !this.#wasFocused.isConnected) {
      (onScreenKeyboard() ? this.#scroll.log : this.#composer.field)?.focus();
    }
    const { messages, newest, loaded, loadingOlder } = this.conversation;
    this.#scroll.drawn(newest);
    this.#scroll.watch();
    // A page full of history is not read aloud; the greeting of a first visit is.
    if (loaded && this.#quiet && !loadingOlder) setTimeout(() => this.#speakUp(), messages.length > 2 ? 500 : 0);
  }

  #speakUp(): void {
    if (!this.#quiet || this.conversation.loadingOlder) return;
    this.#quiet = false;
    this.requestUpdate();
  }

  readonly #keydown = (event: KeyboardEvent): void => {
    if (event.key === "Escape" && this.closable && !event.isComposing) {
      event.preventDefault();
      event.stopPropagation();
      this.#close();
    }
  };

  #choose(choice: Choice): void {
    this.conversation.write(choice.title, choice.payload);
  }

  #close(): void {
    this.dispatchEvent(new Event("aftercare-close"));
  }

  protected override render(): TemplateResult {
    const { clinic, onShift, front } = this.conversation;
    return html`<section class="chat root" lang="en" aria-label=${strings.panelLabel(clinic.name)} @keydown=${this.#keydown} @scroll=${this.#scroll.scrolled}>
      ${this.#header(clinic)}
      ${crisisNumbers(clinic, onShift, front, () => this.#calm())}
      <div class="unseen" role="alert">${this.#alert}</div>
      ${this.open ? [this.#messages(), this.#below()] : this.#welcome()}
    </section>`;
  }

  #calm(): void {
    this.#alert = "";
    this.conversation.calm();
  }

  #header(clinic: Clinic): TemplateResult {
    const { connection } = this.conversation;
    return html`<header>
      <div>
        <h2 tabindex="-1">${clinic.name || strings.assistant}</h2>
        <p class="status ${connection}" role="status">
          ${connection === "idle" ? strings.assistant : html`<span class="dot" aria-hidden="true"></span><span>${this.#status()}</span>`}
        </p>
      </div>
      ${this.closable
        ? html`<button class="icon" type="button" aria-label=${strings.close} title=${strings.close} @click=${this.#close}>${icons.close}</button>`
        : nothing}
    </header>`;
  }

  #status(): string {
    const { connection, owner, ownerName, onShift } = this.conversation;
    if (connection === "connecting") return strings.connecting;
    if (connection === "waiting") return strings.waiting;
    if (connection === "offline") return strings.offline;
    if (owner === "staff") return strings.connectedStaff(ownerName);
    if (onShift === null) return strings.connected;
    return onShift ? strings.connectedOnShift : strings.connectedOffShift;
  }

  #welcome(): TemplateResult {
    return html`<div class="welcome">
      <p>${strings.startText}</p>
      <button class="plain strong" type="button" @click=${() => (this.open = true)}>${strings.start}</button>
    </div>`;
  }

  #messages(): TemplateResult {
    const conversation = this.conversation;
    const live = this.#quiet ? "off" : "polite";
    return html`<div class="log" role="log" aria-live=${live} aria-label=${strings.log} tabindex="0" @scroll=${this.#scroll.scrolled}>
      ${conversation.more
        ? html`<div class="older">
            <button class="plain" type="button" aria-disabled=${conversation.loadingOlder} @click=${this.#older}>
              ${conversation.loadingOlder ? strings.olderLoading : strings.older}
            </button>
            ${conversation.olderFailed ? html`<p class="note bad" role="alert">${strings.olderFailed}</p>` : nothing}
          </div>`
        : nothing}
      ${conversation.loaded || conversation.unsent.length > 0 ? nothing : html`<p class="day">${strings.loading}</p>`}
      ${messageList(conversation, {
        choose: (choice) => this.#choose(choice),
        again: (id) => conversation.again(id),
        remove: (id) => conversation.remove(id),
      })}
    </div>`;
  }

  readonly #older = (): Promise<void> => {
    this.#quiet = true;
    return this.#scroll.keep(async () => {
      await this.conversation.older();
      await this.updateComplete;
    });
  };

  #below(): TemplateResult {
    const { typing, ownerName, notice } = this.conversation;
    return html`<div class="below">
      <p class=${notice ? "note bad" : "unseen"} id="notice" role="status">${notice}</p>
      ${this.#scroll.behind
        ? html`<button class="plain strong newest" type="button" @click=${this.#showNewest}>${icons.down}${strings.newest}</button>`
        : nothing}
      <p class="typing" role="status" ?hidden=${!typing}>
        ${typing ? html`<span class="dots" aria-hidden="true"><i></i><i></i><i></i></span>${strings.typing(ownerName)}` : nothing}
      </p>
      ${this.#composer.view()}
    </div>`;
  }

  readonly #showNewest = (): void => {
    this.#scroll.toEnd();
    this.requestUpdate();
  };
}
