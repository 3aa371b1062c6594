/** The pieces of a query as they are drawn and completed while it is being typed, right or wrong. */

import type { Place } from "./syntax";

export interface Piece extends Place {
  kind: "filter" | "text" | "operator" | "paren";
  /** Behind a `-`. */
  nameStart: number;
  /** Where the name of a filter ends. */
  nameEnd: number;
}

/** What stands between spaces; a quote or a regular expression may hold some. */
export function lex(text: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  while (at < text.length) {
    const character = text.charAt(at);
    if (/\s/u.test(character)) at += 1;
    else if (character === "(" || character === ")") {
      pieces.push({ kind: "paren", start: at, end: at + 1, nameStart: at, nameEnd: at });
      at += 1;
    } else {
      const piece = pieceAt(text, at);
      pieces.push(piece);
      at = piece.end;
    }
  }
  return pieces;
}

function pieceAt(text: string, start: number): Piece {
  const nameStart = start + (text[start] === "-" ? 1 : 0);
  const end = endOf(text, start);
  const word = text.slice(nameStart, end);
  const nameEnd = nameStart + nameLength(word);
  if (nameEnd > nameStart) return { kind: "filter", start, end, nameStart, nameEnd };
  const kind = /^(AND|OR|NOT)$/.test(word) ? "operator" : "text";
  return { kind, start, end, nameStart, nameEnd: nameStart };
}

/** Length of the name before `:` or `~/`; 0 when there is none. */
function nameLength(word: string): number {
  const name = /^(?:metadata\."(?:[^"\\]|\\.)*"|[^\s()":]+?)(?=:|~\/)/su.exec(word);
  return name && !/^[^"]*"/.test(name[0].replace(/^metadata\."(?:[^"\\]|\\.)*"/s, "")) ? name[0].length : 0;
}

function endOf(text: string, start: number): number {
  let at = start;
  while (at < text.length && !/[\s()]/u.test(text.charAt(at))) {
    if (text[at] === '"') at = closing(text, at + 1, '"');
    else if (text.startsWith("~/", at) && at > start) at = closing(text, at + 2, "/");
    else at += 1;
  }
  return at;
}

/** Behind the next `mark` that no backslash escapes; the end when there is none. */
function closing(text: string, from: number, mark: string): number {
  let at = from;
  while (at < text.length && text[at] !== mark) at += text[at] === "\\" ? 2 : 1;
  return Math.min(at + 1, text.length);
}

/** What is being typed at a place: the piece of text that a completion replaces, and what it begins with. */
export interface Typing extends Place {
  kind: "name" | "value";
  /** What stands before the caret, quotes off. */
  typed: string;
  /** Of a value: the name of its field as written. */
  name: string;
  /** Of a value: it is compared, so it is a bound. */
  compared: boolean;
}

export function typingAt(text: string, caret: number): Typing {
  const piece = lex(text).find(({ start, end, kind }) => kind !== "paren" && start < caret && caret <= end);
  if (!piece) return { kind: "name", typed: "", start: caret, end: caret, name: "", compared: false };
  const { nameStart, nameEnd, end } = piece;
  if (piece.kind !== "filter" || caret <= nameEnd) {
    const start = Math.min(nameStart, caret);
    const behind = piece.kind === "filter" ? nameEnd : end;
    return { kind: "name", typed: text.slice(start, caret), start, end: behind, name: "", compared: false };
  }
  const name = text.slice(nameStart, nameEnd);
  const operator = /^:?[<>]?=?/.exec(text.slice(nameEnd))?.[0] ?? "";
  const bounds = valueBounds(text, nameEnd + operator.length, caret, end);
  const typed = text
    .slice(bounds.start, caret)
    .replace(/^"/, "")
    .replace(/\\(["\\])/g, "$1");
  return { kind: "value", typed, ...bounds, name, compared: operator !== ":" };
}

/** The literal of a list that the caret is in. */
function valueBounds(text: string, from: number, caret: number, end: number): Place {
  let start = from;
  let at = from;
  while (at < end) {
    if (text[at] === '"') at = closing(text, at + 1, '"');
    else if (text[at] === ",") {
      if (at >= caret) break;
      at += 1;
      start = at;
    } else at += 1;
  }
  return { start: Math.min(start, caret), end: Math.max(Math.min(at, end), caret) };
}
