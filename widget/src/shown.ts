import type { Api } from "./api";
import { History } from "./history";
import type { Entry, Outbox } from "./outbox";
import { Pictures } from "./pictures";
import { Presence } from "./presence";
import type { Newest } from "./scroll";
import { type Around, Sending } from "./sending";
import { strings } from "./strings";
import type { Level, Message, State } from "./wire";

/** What a page shows of a conversation: the messages that are stored, what is unsent, and who is there. */
export abstract class Shown {
  protected readonly history: History;
  protected readonly presence: Presence;
  protected readonly pictures: Pictures;
  protected readonly sending: Sending;

  constructor(
    api: Api,
    readonly outbox: Outbox,
    changed: () => void,
    take: (message: Message) => void,
    around: Around,
  ) {
    this.history = new History(api, take, changed);
    this.presence = new Presence(changed);
    this.pictures = new Pictures(api, changed);
    this.sending = new Sending(api, outbox, around);
  }

  get messages(): readonly Message[] {
    return this.history.list();
  }

  /** There are earlier messages. */
  get more(): boolean {
    return this.history.more;
  }

  get loaded(): boolean {
    return this.history.loaded;
  }

  get loadingOlder(): boolean {
    return this.history.loadingOlder;
  }

  get olderFailed(): boolean {
    return this.history.olderFailed;
  }

  /** What is newest. Messages that answer the same one, such as a text and a question after it, are read together. */
  get newest(): Newest {
    const { messages, unsent } = this;
    const newest = [...messages].reverse();
    const reply = newest[0]?.replyTo ?? null;
    const together = reply === null ? 1 : newest.findIndex((message) => message.replyTo !== reply);
    return {
      own: unsent[unsent.length - 1]?.id ?? newest.find((message) => message.from === "patient")?.id ?? "",
      theirs: newest.find((message) => message.from !== "patient")?.id ?? "",
      unsent: unsent.length > 0,
      together: together < 0 ? newest.length : together,
    };
  }

  get unsent(): readonly Entry[] {
    return this.outbox.entries;
  }

  get typing(): boolean {
    return this.presence.typing;
  }

  get owner(): State["owner"] {
    return this.presence.owner;
  }

  get onShift(): boolean | null {
    return this.presence.onShift;
  }

  /** The phone numbers are in front, because of a message of this level. */
  get front(): Level | null {
    return this.presence.front;
  }

  /** Who writes with the patient now. */
  get ownerName(): string {
    if (this.owner !== "staff") return strings.assistant;
    const last = [...this.messages].reverse().find((message) => message.from === "staff");
    return this.presence.ownerName ?? last?.name ?? strings.staff;
  }

  /** The reply to this entry that is not stored yet, if any. */
  provisional(id: string): Message | null {
    return this.sending.provisional(id);
  }

  /** Address of a message's picture, or null. */
  picture(message: Message): string | null {
    return this.pictures.address(message.image);
  }

  /** Another conversation is shown from now on. */
  protected forget(): void {
    this.history.clear();
    this.pictures.clear();
    this.sending.forget();
    this.presence.forget();
  }
}
