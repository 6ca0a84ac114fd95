import type { Level, State } from "./wire";

const TYPING_LASTS = 60_000;

/** Who is there: who writes with the patient, whether they are writing now, and whether the phone numbers are in front. */
export class Presence {
  typing = false;
  owner: State["owner"] = "assistant";
  ownerName: string | null = null;
  onShift: boolean | null = null;
  /** The phone numbers are in front, because of a message of this level. */
  front: Level | null = null;

  #crisis = false;
  /** The phone numbers are in front because of the history: the first state from the server decides whether they stay. */
  #recalled = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly changed: () => void) {}

  /** What the server says. */
  take(state: State): void {
    this.owner = state.owner;
    this.ownerName = state.ownerName;
    this.onShift = state.onShift ?? this.onShift;
    this.show(state.typing);
    if (state.crisis && !this.#crisis) this.bringForward("crisis");
    if (!state.crisis && (this.#crisis || this.#recalled) && this.front === "crisis") this.front = null;
    this.#recalled = false;
    this.#crisis = state.crisis;
  }

  /** Shows that somebody is writing, or no more. It ends by itself. */
  show(typing: boolean): void {
    clearTimeout(this.#timer);
    this.typing = typing;
    if (!typing) return;
    this.#timer = setTimeout(() => {
      this.typing = false;
      this.changed();
    }, TYPING_LASTS);
  }

  /** A grave message came; `recalled` by the history. */
  bringForward(level: Level, recalled = false): void {
    this.#recalled = recalled;
    // A crisis stays a crisis when an emergency joins it.
    if (this.front !== "crisis") this.front = level;
  }

  /** Another conversation is shown. */
  forget(): void {
    this.typing = this.#crisis = false;
    this.owner = "assistant";
    this.front = this.ownerName = null;
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
