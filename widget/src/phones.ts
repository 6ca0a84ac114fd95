/** A piece of a message: words, or words that are a link to a phone. */
export interface Piece {
  readonly text: string;
  readonly href: string | null;
}

const US_NUMBER = /(?:\+?1[\s.-]?)?(?:\(\d{3}\)\s?|\d{3}[\s.-])\d{3}[\s.-]\d{4}/.source;

/** Digits (and a leading plus) of a phone number, for `tel:` and `sms:` links. */
export function dial(number: string): string {
  return (number.trim().startsWith("+") ? "+" : "") + number.replace(/\D/g, "");
}

function escape(literal: string): string {
  return literal.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/**
 * Cuts a text into pieces, with links for phone numbers: the clinic's own, and whatever looks like a number of the North
 * American plan. Nothing else becomes a link: an address in a message is read, not followed.
 */
export function phonePieces(text: string, known: readonly string[]): Piece[] {
  const literals = known.filter((number) => number.trim() !== "").map(escape);
  const numbers = new RegExp(`(?:${[...literals, US_NUMBER].join("|")})(?![\\w@]|[.-]\\w)`, "g");
  const pieces: Piece[] = [];
  let done = 0;
  for (const match of text.matchAll(numbers)) {
    // Part of something longer (a date, an amount, an address). Not a lookbehind: phones before iOS 16.4 cannot read one.
    if (/[\w.$#@/+-]$/.test(text.slice(0, match.index))) continue;
    if (match.index > done) pieces.push({ text: text.slice(done, match.index), href: null });
    const before = text.slice(0, match.index);
    const scheme = /\btext\s+$/i.test(before) && !/\bcall\s+or\s+text\s+$/i.test(before) ? "sms:" : "tel:";
    pieces.push({ text: match[0], href: scheme + dial(match[0]) });
    done = match.index + match[0].length;
  }
  if (done < text.length) pieces.push({ text: text.slice(done), href: null });
  return pieces;
}
