/**
 * Makes the invisible visible. Prompts and answers are attacker text: characters that reorder or
 * hide what a person reads are replaced by a mark, so that text shown is text sent.
 */

export interface Piece {
  text: string;
  /** Set when `text` is the mark of a hidden character: its code point and name. */
  hidden?: string;
}

const NAMES: Record<number, string> = {
  0x00ad: "soft hyphen",
  0x061c: "Arabic letter mark",
  0x180e: "Mongolian vowel separator",
  0x200b: "zero width space",
  0x200c: "zero width non-joiner",
  0x200d: "zero width joiner",
  0x200e: "left-to-right mark",
  0x200f: "right-to-left mark",
  0x202a: "left-to-right embedding",
  0x202b: "right-to-left embedding",
  0x202c: "pop directional formatting",
  0x202d: "left-to-right override",
  0x202e: "right-to-left override",
  0x2060: "word joiner",
  0x2066: "left-to-right isolate",
  0x2067: "right-to-left isolate",
  0x2068: "first strong isolate",
  0x2069: "pop directional isolate",
  0xfeff: "zero width no-break space",
};

// C0 and C1 controls (but tab and line ends), bidi, zero-width, invisible operators, tag characters
// and the variation selectors used to smuggle text.
const HIDDEN =
  // eslint-disable-next-line no-control-regex, no-misleading-character-class
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0e\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e01ef}]/gu;

/** Splits text into what is seen as it is and the marks of what is not. */
export function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  let end = 0;
  for (const match of text.matchAll(HIDDEN)) {
    if (isJoining(text, match.index)) continue;
    if (match.index > end) found.push({ text: text.slice(end, match.index) });
    found.push(mark(match[0]));
    end = match.index + match[0].length;
  }
  if (end < text.length) found.push({ text: text.slice(end) });
  return found;
}

/** The same as one string, for places that take no markup (tooltips, names). */
export function visible(text: string): string {
  return pieces(text)
    .map((piece) => piece.text)
    .join("");
}

function mark(character: string): Piece {
  const code = character.codePointAt(0) ?? 0;
  const label = `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
  const name = NAMES[code];
  return { text: `⟨${label}⟩`, hidden: name ? `${label} ${name}` : label };
}

const SHAPING =
  /[\p{Script=Arabic}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Malayalam}\p{Script=Kannada}\p{Script=Gujarati}\p{Script=Sinhala}\p{Script=Khmer}]/u;
const PICTOGRAPH = /[\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f]/u;

/** Joiners that spell an emoji or a letter of a joining script hide nothing. */
function isJoining(text: string, index: number): boolean {
  const character = text[index];
  if (character !== "\u200c" && character !== "\u200d") return false;
  const before = Array.from(text.slice(Math.max(0, index - 2), index)).at(-1) ?? "";
  const after = Array.from(text.slice(index + 1, index + 3))[0] ?? "";
  return [SHAPING, PICTOGRAPH].some((kind) => kind.test(before) && kind.test(after));
}
