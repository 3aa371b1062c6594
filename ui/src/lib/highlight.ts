/** Colours for code, good enough for reading: strings, comments, numbers and words of most languages. */

export type TokenKind = "plain" | "string" | "comment" | "number" | "keyword";

export interface Token {
  kind: TokenKind;
  text: string;
}

const KEYWORDS =
  "and as async await break case catch class const continue def default do elif else enum except export extends " +
  "false False finally fn for from func function if impl import in interface is lambda let match new nil None not " +
  "null or package pass pub raise return select SELECT FROM WHERE self static struct super switch this throw true " +
  "True try type undefined use var void while with yield";

// Lengths are bounded: a text of many openings and no end must not cost the square of its length.
const TOKEN = new RegExp(
  [
    String.raw`(?<comment>(?<!:)\/\/[^\n]*|\/\*[\s\S]{0,1000}?\*\/|(?<=^|\s)#[^\n]*)`,
    String.raw`(?<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|\x60(?:\\.|[^\x60\\])*\x60)`,
    String.raw`(?<number>\b(?:0x[\da-fA-F]+|\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?)\b)`,
    String.raw`(?<keyword>\b(?:${KEYWORDS.replaceAll(" ", "|")})\b)`,
  ].join("|"),
  "g",
);

/** Beyond this a body is shown plain: colours would cost more than they tell. */
const LENGTH_MAX = 50_000;

export function highlight(code: string): Token[] {
  if (code.length > LENGTH_MAX) return [{ kind: "plain", text: code }];
  const tokens: Token[] = [];
  let end = 0;
  for (const match of code.matchAll(TOKEN)) {
    if (match.index > end) tokens.push({ kind: "plain", text: code.slice(end, match.index) });
    const groups = Object.entries(match.groups ?? {}) as [TokenKind, string | undefined][];
    const kind = groups.find(([, text]) => text !== undefined)?.[0] ?? "plain";
    tokens.push({ kind, text: match[0] });
    end = match.index + match[0].length;
  }
  if (end < code.length) tokens.push({ kind: "plain", text: code.slice(end) });
  return tokens;
}
