import { html, nothing, type TemplateResult } from "lit";
import { LONGEST } from "./conversation";
import { Draft } from "./draft";
import { icons } from "./icons";
import { strings } from "./strings";

const ROOM_SHOWN_BELOW = 300;

/** Writing brings up a keyboard that covers half of the screen, and whose Enter key makes a new line. */
export const onScreenKeyboard = (): boolean => matchMedia("(pointer: coarse)").matches;

/** The place for writing: its text, what is wrong with it, and its way out. */
export class Composer {
  #draft = new Draft();
  #problem = "";

  constructor(
    private readonly root: () => ParentNode,
    /** Takes a text of 1 to LONGEST characters. */
    private readonly write: (text: string) => void,
    private readonly changed: () => void,
  ) {}

  get field(): HTMLTextAreaElement | null {
    return this.root().querySelector("textarea");
  }

  /** Brings back what was typed into this conversation before, unless something is being typed. */
  restore(conversation: string | null): void {
    const { field } = this;
    if (this.#draft.restore(conversation) && field?.value === "") field.value = this.#draft.text;
  }

  readonly #typed = (event: KeyboardEvent): void => {
    // On a phone the Enter key makes a new line; while an accent or a character is being composed it belongs to that.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    if (onScreenKeyboard()) return;
    this.#submit(event);
  };

  readonly #input = (): void => {
    const { field } = this;
    if (field === null) return;
    this.#draft.keep(field.value);
    const over = [...field.value].length > LONGEST;
    this.#problem = over ? strings.tooLong([...field.value].length, LONGEST) : "";
    field.style.height = "auto";
    field.style.height = `${field.scrollHeight + 4}px`;
    this.changed();
  };

  readonly #submit = (event: Event): void => {
    event.preventDefault();
    const { field } = this;
    if (field === null) return;
    const text = field.value.trim();
    const length = [...text].length;
    this.#problem = length === 0 ? strings.empty : length > LONGEST ? strings.tooLong(length, LONGEST) : "";
    if (this.#problem === "") {
      this.write(text);
      field.value = "";
      this.#draft.keep("");
      field.style.height = "";
    }
    field.focus();
    this.changed();
  };

  view(): TemplateResult {
    const left = LONGEST - [...this.#draft.text].length;
    const showRoom = left <= ROOM_SHOWN_BELOW && left >= 0;
    return html`<form @submit=${this.#submit}>
      <label for="text">${strings.composerLabel}</label>
      <div class="line">
        <textarea
          id="text"
          rows="1"
          autocomplete="off"
          aria-invalid=${this.#problem === "" ? "false" : "true"}
          aria-describedby="problem room hint"
          .value=${this.#draft.text}
          @input=${this.#input}
          @keydown=${this.#typed}
        ></textarea>
        <button class="plain strong send" type="submit">${icons.send}${strings.send}</button>
      </div>
      <p class=${this.#problem ? "note bad" : "unseen"} id="problem" role="alert">${this.#problem}</p>
      <p class="note" id="room" ?hidden=${!showRoom}>${showRoom ? strings.room(left) : nothing}</p>
      <span class="unseen" id="hint">${onScreenKeyboard() ? nothing : strings.enterHint}</span>
    </form>`;
  }
}
