/**
 * The syntax tree of a query, as docs/reference/query-language.md draws it. Places are [start, end) in the
 * string as JavaScript counts it; `inCodePoints` turns them into those of the API.
 */

export interface Place {
  start: number;
  end: number;
}

/** One literal; of a quoted one `text` is what stands between the quotes, escapes read. */
export interface Value extends Place {
  text: string;
  quoted: boolean;
}

/** A bare word, perhaps with `*` at its end, or a phrase. */
export interface TextNode extends Value {
  kind: "text";
}

/**
 * `field:…`. `values` are one or more of ":", one of a comparison and of "~", low and high of ".." (one of them
 * may be null), none of "*".
 */
export interface FilterNode extends Place {
  kind: "filter";
  /** A name, never an alias. */
  field: string;
  /** Of `metadata.key` only. */
  key?: string;
  op: string;
  values: (Value | null)[];
  /** Where the name as written ends. */
  name_end: number;
}

export interface PartNode extends Place {
  kind: "not" | "group";
  part: QueryNode;
}

export interface PartsNode extends Place {
  kind: "and" | "or";
  parts: QueryNode[];
}

export type QueryNode = TextNode | FilterNode | PartNode | PartsNode;

/** The last `sort:` of a query. */
export interface SortNode extends Place {
  by: string;
  descending: boolean;
}

/** What a query says; without a tree it matches everything. */
export interface Query {
  tree: QueryNode | null;
  sort: SortNode | null;
}

/** Why a query cannot be read: a sentence, where, and what was perhaps meant. */
export class Mistake extends Error implements Place {
  constructor(
    message: string,
    readonly start: number,
    readonly end: number,
    readonly suggestion: string | null = null,
  ) {
    super(message);
  }
}

const PLAIN_KEY = /^[^\s()":~]+$/u;

/** `text` as a phrase. */
export function quote(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

/** "model", "metadata.environment", `metadata."my key"`: a field as a query spells it. */
export function spellName(field: string, key?: string): string {
  if (key === undefined) return field;
  return `${field}.${PLAIN_KEY.test(key) ? key : quote(key)}`;
}

/** The canonical text: one space between parts, `-` for NOT, names for aliases. */
export function toText({ tree, sort }: Query): string {
  const parts = tree ? [nodeText(tree)] : [];
  if (sort) parts.push(`sort:${sort.descending ? "" : "+"}${sort.by}`);
  return parts.join(" ");
}

function nodeText(node: QueryNode): string {
  switch (node.kind) {
    case "text":
      return node.quoted ? quote(node.text) : node.text;
    case "filter":
      return filterText(node);
    case "not":
      return `-${nodeText(node.part)}`;
    case "group":
      return `(${nodeText(node.part)})`;
    case "and":
      return node.parts.map(nodeText).join(" ");
    case "or":
      return node.parts.map(nodeText).join(" OR ");
  }
}

function filterText({ field, key, op, values }: FilterNode): string {
  const name = spellName(field, key);
  const texts = values.map((value) => (value ? (value.quoted ? quote(value.text) : value.text) : ""));
  if (op === "~") return `${name}~/${escapeSlashes(values[0]?.text ?? "")}/`;
  if (op === "*") return `${name}:*`;
  if (op === "..") return `${name}:${texts.join("..")}`;
  return `${name}:${op === ":" ? "" : op}${texts.join(",")}`;
}

function escapeSlashes(regex: string): string {
  return regex.replace(/(\\.)|\//gsu, (_all, escaped: string | undefined) => escaped ?? "\\/");
}

/** The same query with the places of the API: offsets in Unicode code points. */
export function inCodePoints<Part>(part: Part, text: string): Part {
  return JSON.parse(
    JSON.stringify(part, (name, value: unknown) =>
      (name === "start" || name === "end" || name === "name_end") && typeof value === "number"
        ? codePoints(text.slice(0, value))
        : value,
    ),
  ) as Part;
}

export function codePoints(text: string): number {
  return Array.from(text).length;
}

/** The place in a JavaScript string of the API's offset. */
export function fromCodePoints(text: string, offset: number): number {
  return Array.from(text).slice(0, offset).join("").length;
}
