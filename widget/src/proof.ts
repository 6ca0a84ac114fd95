/** What a page brings along so that the server knows who is writing: the token of an invite link, or the portal's signature. */
export interface Proof {
  readonly kind: "invite" | "identity";
  readonly value: string;
  /** The server has taken or refused it: it is of no more use. */
  settled(): void;
}

/** What an invite link ends in. A fragment never leaves the browser, except as we send it. */
const FRAGMENT = "#aftercare-invite=";

/** Whether the page was opened by an invite link. */
export function isInvited(): boolean {
  return location.hash.startsWith(FRAGMENT);
}

/** The proof of the link that opened the page, or null. Once settled it is gone from the address, and so from bookmarks. */
export function inviteOfPage(): Proof | null {
  if (!isInvited()) return null;
  return {
    kind: "invite",
    value: location.hash.slice(FRAGMENT.length),
    settled: () => {
      if (isInvited()) history.replaceState(history.state, "", location.pathname + location.search);
    },
  };
}

/** The proof that the clinic's portal has signed and written into its page. */
export function identityOf(value: string): Proof {
  return { kind: "identity", value, settled: () => undefined };
}
