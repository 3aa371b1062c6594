/**
 * Text to syntax tree: one pass from left to right, and the first mistake ends it. It follows the server's
 * parser step by step; tests/fixtures/query-language.json holds the two together.
 */

import { nearest, UNKNOWN_FIELDS, type Fields, type QueryField } from "./fields";
import { check, checkWord, shown } from "./literals";
import { checkRegex } from "./regexes";
import {
  codePoints,
  Mistake,
  type FilterNode,
  type PartNode,
  type Place,
  type Query,
  type QueryNode,
  type SortNode,
  type TextNode,
  type Value,
} from "./syntax";

const CHARS_MAX = 4000;
/** Words, phrases and values. */
const LITERALS_MAX = 200;
/** Of parentheses. */
const DEPTH_MAX = 50;
const QUOTES_HINT = "To search for this text, put it in quotes.";

const SPACES = /\s*/uy;
const WORD = /[^\s()"]+/uy;
const VALUE_CHARS = /[^\s()",]*/uy;
const OPERATOR = /(AND|OR|NOT)(?=[\s()"]|$)/uy;
const PHRASE = /"((?:[^"\\]|\\.)*)"/suy;
const REGEX = /~\/((?:[^/\\]|\\.)*)\//suy;
const REGEX_NAME = /([A-Za-z_][A-Za-z0-9_]*|metadata\.[^\s()":]+?)(?=~\/)/uy;
const COMPARISON = /[<>]=?|=/uy;
const STAR = /\*(?=[\s()]|$)/uy;
const BOUNDARY = /[\s()]|$/uy;

/** Reads a query; throws a Mistake. */
export function parse(text: string, fields: Fields = UNKNOWN_FIELDS): Query {
  const length = text.length > CHARS_MAX ? codePoints(text) : text.length;
  if (length > CHARS_MAX) {
    const start = Array.from(text).slice(0, CHARS_MAX).join("").length;
    throw new Mistake(
      `A query has at most ${CHARS_MAX.toLocaleString("en-US")} characters.`,
      start,
      text.length,
    );
  }
  return new Parser(text, fields).query();
}

/** The same, with the mistake returned. */
export function tryParse(text: string, fields?: Fields): Query | Mistake {
  try {
    return parse(text, fields);
  } catch (error) {
    if (error instanceof Mistake) return error;
    throw error;
  }
}

/** A place in the text, and what was seen up to it. */
class Parser {
  private at = 0;
  private depth = 0;
  private literals = 0;
  private sort: SortNode | null = null;

  constructor(
    private readonly text: string,
    private readonly fields: Fields,
  ) {}

  query(): Query {
    const tree = this.alternatives();
    if (this.peek() === ")") throw new Mistake("No parenthesis is open here.", this.at, this.at + 1);
    return { tree, sort: this.sort };
  }

  // -- operators

  private alternatives(): QueryNode | null {
    const first = this.chain();
    let operator = this.operator("OR");
    if (!operator) return first;
    if (!first) throw new Mistake("Nothing stands before `OR`.", operator.start, operator.end);
    const parts = [first];
    while (operator) {
      this.at = operator.end;
      const part = this.chain();
      if (!part) throw new Mistake("Nothing stands after `OR`.", operator.start, operator.end);
      parts.push(part);
      operator = this.operator("OR");
    }
    return { kind: "or", parts, ...span(parts) };
  }

  /** null when nothing, or nothing but `sort`, stands there. */
  private chain(): QueryNode | null {
    const parts: QueryNode[] = [];
    let began = false;
    let waiting: Place | null = null;
    while (!["", ")"].includes(this.peek()) && !this.operator("OR")) {
      const operator = this.operator("AND");
      if (!operator) {
        const part = this.unary();
        if (part) parts.push(part);
        began = true;
        waiting = null;
      } else if (!began) {
        throw new Mistake("Nothing stands before `AND`.", operator.start, operator.end);
      } else if (waiting) {
        break;
      } else {
        this.at = operator.end;
        waiting = operator;
      }
    }
    if (waiting) throw new Mistake("Nothing stands after `AND`.", waiting.start, waiting.end);
    return parts.length < 2 ? (parts[0] ?? null) : { kind: "and", parts, ...span(parts) };
  }

  private unary(): QueryNode | null {
    const negation = this.negation();
    if (!negation) return this.atom(false);
    const { start, end } = negation;
    this.at = end;
    const spelled = this.text.slice(start, end);
    const apart = spelled === "-" && (this.match(SPACES)?.[0] ?? "") !== "";
    if (apart || ["", ")"].includes(this.peek()) || this.operator("AND") || this.operator("OR")) {
      throw new Mistake(`Nothing stands after \`${spelled}\`.`, start, end);
    }
    const again = this.negation();
    if (again) {
      throw new Mistake("`-` and `NOT` cannot follow one another; use parentheses.", again.start, again.end);
    }
    const part = this.atom(true);
    return part && { kind: "not", part, start, end: part.end };
  }

  /** A group, a word, a filter; null for a `sort`, which is kept aside. */
  private atom(negated: boolean): QueryNode | null {
    if (this.text[this.at] === "(") return this.group();
    if (this.text[this.at] === '"') return this.phraseText();
    const term = this.term();
    if (term.kind === "text" || term.field !== "sort") return term;
    if (negated) throw new Mistake("`sort` cannot be excluded.", term.start, term.end);
    if (this.depth > 0) throw new Mistake("`sort` cannot stand in parentheses.", term.start, term.end);
    this.sort = sortOf(term);
    return null;
  }

  private group(): PartNode {
    const start = this.at;
    if (this.depth === DEPTH_MAX) {
      throw new Mistake(`Parentheses are nested deeper than ${DEPTH_MAX}.`, start, start + 1);
    }
    this.at += 1;
    this.depth += 1;
    const part = this.alternatives();
    this.depth -= 1;
    if (this.peek() !== ")") throw new Mistake("The parenthesis is not closed.", start, start + 1);
    this.at += 1;
    if (!part) throw new Mistake("Nothing stands between the parentheses.", start, this.at);
    return { kind: "group", part, start, end: this.at };
  }

  /** The next character that is no space; "" at the end. */
  private peek(): string {
    this.at += this.match(SPACES)?.[0].length ?? 0;
    return this.text.charAt(this.at);
  }

  /** Where the operator stands, if it comes next. */
  private operator(word: string): Place | null {
    this.peek();
    const match = this.match(OPERATOR);
    return match?.[1] === word ? { start: this.at, end: this.at + word.length } : null;
  }

  private negation(): Place | null {
    return this.peek() === "-" ? { start: this.at, end: this.at + 1 } : this.operator("NOT");
  }

  private match(pattern: RegExp, at = this.at): RegExpExecArray | null {
    pattern.lastIndex = at;
    return pattern.exec(this.text);
  }

  // -- words and filters

  private phraseText(): TextNode {
    const value = this.phrase();
    this.noNeighbour("the closing quote");
    checkWord(value);
    return { kind: "text", ...value };
  }

  private term(): TextNode | FilterNode {
    const start = this.at;
    if (this.text.startsWith('metadata."', start)) return this.quotedKey(start);
    const named = this.match(REGEX_NAME);
    if (named) return this.filter(start, start + named[0].length);
    const word = this.match(WORD)?.[0] ?? "";
    const colon = word.indexOf(":");
    return colon >= 0 ? this.filter(start, start + colon) : this.word(word);
  }

  private word(word: string): TextNode {
    const value = this.literal(word, false, this.at, this.at + word.length);
    this.noQuote();
    checkWord(value);
    return { kind: "text", ...value };
  }

  private quotedKey(start: number): FilterNode {
    this.at = start + "metadata.".length;
    const key = this.phrase();
    if (!key.text) throw new Mistake("The metadata key is empty.", key.start, key.end);
    if (!this.text.startsWith(":", this.at) && !this.text.startsWith("~/", this.at)) {
      throw new Mistake("`:` is missing after the metadata key.", start, this.at);
    }
    // A name, no value.
    this.literals -= 1;
    return this.filter(start, this.at, key.text);
  }

  /** The field that is named at [start, end), and the metadata key. */
  private field(start: number, end: number): { field: QueryField; key?: string } {
    const name = this.text.slice(start, end);
    if (!name) throw new Mistake(`No field stands before \`:\`. ${QUOTES_HINT}`, start, start + 1);
    if (name === "metadata.") throw new Mistake("The metadata key is empty.", start, end);
    const isKey = name.startsWith("metadata.");
    const field = this.fields.find(isKey ? "metadata" : name);
    if (field) return isKey ? { field, key: name.slice("metadata.".length) } : { field };
    const meant = nearest(name, this.fields.names);
    const hint = meant ? `Did you mean \`${meant}\`?` : QUOTES_HINT;
    throw new Mistake(`No field \`${shown(name)}\`. ${hint}`, start, end, meant);
  }

  /** A filter whose name ends at `nameEnd`: `:` and values, or `~/…/`. */
  private filter(start: number, nameEnd: number, quotedKey?: string): FilterNode {
    const { field, key = quotedKey } =
      quotedKey === undefined ? this.field(start, nameEnd) : this.field(start, start + "metadata".length);
    this.at = nameEnd;
    const { op, values } = this.text[nameEnd] === "~" ? this.regex() : this.valuesOf(start, nameEnd + 1);
    const filter: FilterNode = {
      kind: "filter",
      field: field.name,
      ...(key === undefined ? {} : { key }),
      op,
      values,
      name_end: nameEnd,
      start,
      end: this.at,
    };
    if (field.name === "metadata" && key === undefined && op !== "*") {
      throw new Mistake("`metadata` needs a key, such as `metadata.environment:prod`.", start, nameEnd);
    }
    check(field, filter, this.fields);
    const [regex] = values;
    if (op === "~" && regex) checkRegex(regex, this.text);
    return filter;
  }

  private valuesOf(start: number, afterColon: number): { op: string; values: (Value | null)[] } {
    const comparison = this.match(COMPARISON, afterColon)?.[0];
    this.at = afterColon + (comparison?.length ?? 0);
    if (comparison === undefined && this.match(STAR)) {
      this.at += 1;
      return { op: "*", values: [] };
    }
    const head = this.text.slice(start, this.at);
    const first = this.value();
    if (!first && !this.next(",") && !this.next("..")) {
      throw new Mistake(`\`${shown(head)}\` needs a value.`, start, this.at);
    }
    if (this.next("..")) {
      const values = this.range(first);
      if (comparison !== undefined) throw new Mistake("A comparison takes one value.", start, this.at);
      return { op: "..", values };
    }
    const values = this.list(first);
    if (comparison !== undefined && values.length > 1) {
      throw new Mistake("A comparison takes one value.", start, this.at);
    }
    return { op: comparison ?? ":", values };
  }

  private next(text: string): boolean {
    return this.text.startsWith(text, this.at);
  }

  private range(low: Value | null): (Value | null)[] {
    const start = low ? low.start : this.at;
    this.at += 2;
    const high = this.value();
    if (!low && !high) throw new Mistake("A range needs at least one end.", start, this.at);
    if (this.next("..")) throw new Mistake("A range has two ends.", start, this.at + 2);
    if (this.next(",")) throw new Mistake("A range cannot stand in a list; use `OR`.", start, this.at);
    return [low, high];
  }

  private list(first: Value | null): Value[] {
    if (!first) throw new Mistake("A value is missing before the comma.", this.at, this.at + 1);
    const values = [first];
    while (this.next(",")) {
      const comma = this.at;
      this.at += 1;
      const value = this.value();
      if (!value && !this.next("..")) {
        throw new Mistake("A value is missing after the comma.", comma, comma + 1);
      }
      if (!value || this.next("..")) {
        throw new Mistake("A range cannot stand in a list; use `OR`.", this.at, this.at + 2);
      }
      values.push(value);
    }
    return values;
  }

  /** A literal, if one comes next. */
  private value(): Value | null {
    if (this.next('"')) {
      const value = this.phrase();
      if (!this.next(",") && !this.next("..")) this.noNeighbour("the closing quote");
      return value;
    }
    const [text = ""] = (this.match(VALUE_CHARS)?.[0] ?? "").split("..");
    if (!text) return null;
    const value = this.literal(text, false, this.at, this.at + text.length);
    this.noQuote();
    return value;
  }

  private regex(): { op: string; values: Value[] } {
    const start = this.at + 1;
    const match = this.match(REGEX);
    if (!match) {
      throw new Mistake("The regular expression is not closed: `/` is missing.", start, this.text.length);
    }
    const text = (match[1] ?? "").replace(/\\(.)/gsu, (all, escaped: string) =>
      escaped === "/" ? "/" : all,
    );
    const end = this.at + match[0].length;
    const value = this.literal(text, false, start, end);
    if (!text) throw new Mistake("The regular expression is empty.", start, end);
    this.noNeighbour("the closing `/`");
    return { op: "~", values: [value] };
  }

  private phrase(): Value {
    const match = this.match(PHRASE);
    if (!match) throw new Mistake("The quote is not closed.", this.at, this.text.length);
    const text = (match[1] ?? "").replace(/\\(["\\])/g, "$1");
    return this.literal(text, true, this.at, this.at + match[0].length);
  }

  private literal(text: string, quoted: boolean, start: number, end: number): Value {
    this.at = end;
    this.literals += 1;
    if (this.literals > LITERALS_MAX) {
      throw new Mistake(`A query has at most ${LITERALS_MAX} words and values.`, start, end);
    }
    return { text, quoted, start, end };
  }

  /** A quoted piece ends where it is closed. */
  private noNeighbour(behind: string) {
    if (!this.match(BOUNDARY)) {
      const size = this.text.codePointAt(this.at) ?? 0;
      throw new Mistake(`A space is missing after ${behind}.`, this.at, this.at + (size > 0xffff ? 2 : 1));
    }
  }

  private noQuote() {
    if (this.next('"')) {
      throw new Mistake(
        "A quote begins in the middle of a word; put a space before it.",
        this.at,
        this.at + 1,
      );
    }
  }
}

function span(parts: QueryNode[]): Place {
  return { start: parts[0]?.start ?? 0, end: parts.at(-1)?.end ?? 0 };
}

function sortOf(filter: FilterNode): SortNode {
  const { start, end, values } = filter;
  if (values.length > 1) throw new Mistake("`sort` takes one value.", start, end);
  const by = (values[0]?.text ?? "").toLowerCase();
  return { by: by.replace(/^\+/, ""), descending: !by.startsWith("+"), start, end };
}
