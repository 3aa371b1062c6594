/** Two logs side by side: parameters that differ, and their messages, aligned. */

import { sourceText, type Message, type Part } from "./chat";
import { isObject, type Json } from "./json";
import { childPath } from "./json-tree";
import { align, wordDiff, type Change, type Pair } from "./word-diff";

export interface Difference {
  path: string;
  /** undefined: it has none. */
  a: Json | undefined;
  b: Json | undefined;
}

const DIFFERENCES_MAX = 200;

/** Where two request bodies differ besides what was said. */
export function parameterDifferences(a: Json | undefined, b: Json | undefined): Difference[] {
  const found: Difference[] = [];
  visit(withoutMessages(a), withoutMessages(b), "", found);
  return found;
}

/** What is compared as messages. */
const SAID = new Set([
  "messages",
  "input",
  "contents",
  "prompt",
  "system",
  "systemInstruction",
  "instructions",
]);

function withoutMessages(body: Json | undefined): Json | undefined {
  if (!isObject(body)) return undefined;
  return Object.fromEntries(Object.entries(body).filter(([key]) => !SAID.has(key)));
}

function visit(a: Json | undefined, b: Json | undefined, path: string, found: Difference[]) {
  if (found.length >= DIFFERENCES_MAX || JSON.stringify(a) === JSON.stringify(b)) return;
  const lists = Array.isArray(a) && Array.isArray(b);
  if (!lists && !(isObject(a) && isObject(b))) {
    found.push({ path, a, b });
    return;
  }
  const [left, right] = [a, b].map((each) => new Map(Object.entries(each)));
  for (const key of new Set([...(left?.keys() ?? []), ...(right?.keys() ?? [])])) {
    visit(left?.get(key), right?.get(key), childPath(path, key, lists), found);
  }
}

export interface MessagePair {
  label: string;
  role: Message["role"];
  /** "same": not a word differs. */
  kind: "same" | "changed" | "out" | "in";
  changes: Change[];
}

/** Equal messages beside each other; of those between, such of one role are versions of each other. */
export function messageDifferences(a: Message[], b: Message[]): MessagePair[] {
  const [left, right] = [a, b].map((list) => list.map((message) => ({ message, text: textOf(message) })));
  const [from, to] = [left ?? [], right ?? []];
  const pairs = align(from, to, (x, y) => x.text === y.text && x.message.role === y.message.role);
  const joined = joinRoles(pairs ?? byPlace(from.length, to.length), a, b);
  return joined.map(([x, y]): MessagePair => {
    const [one, other] = [x === null ? null : from[x], y === null ? null : to[y]];
    const { role, label } = (one ?? other)?.message ?? { role: "other", label: "message" };
    const changes = wordDiff(one?.text ?? "", other?.text ?? "");
    if (!one) return { role, label, kind: "in", changes };
    if (!other) return { role, label, kind: "out", changes };
    return { role, label, kind: one.text === other.text ? "same" : "changed", changes };
  });
}

function byPlace(a: number, b: number): Pair[] {
  return Array.from({ length: Math.max(a, b) }, (_, index) => [
    index < a ? index : null,
    index < b ? index : null,
  ]);
}

/** A message that went and the next of its role that came, within one changed stretch, are one pair. */
function joinRoles(pairs: Pair[], a: Message[], b: Message[]): Pair[] {
  const found: Pair[] = [];
  let stretch: Pair[] = [];
  const flush = () => {
    for (const [x, y] of stretch) {
      if (y === null || x !== null) continue;
      const partner = stretch.find(
        ([at, taken]) => at !== null && taken === null && a[at]?.role === b[y]?.role,
      );
      if (partner) partner[1] = y;
    }
    const taken = new Set(stretch.flatMap(([x, y]) => (x !== null && y !== null ? [y] : [])));
    found.push(...stretch.filter(([x, y]) => x !== null || (y !== null && !taken.has(y))));
    stretch = [];
  };
  for (const [x, y] of pairs) {
    if (x === null || y === null) stretch.push([x, y]);
    else if (a[x]?.role === b[y]?.role) {
      flush();
      found.push([x, y]);
    } else stretch.push([x, null], [null, y]);
  }
  flush();
  return found;
}

/** All that a message says, as text. */
export function textOf({ parts }: Message): string {
  return parts.map(partText).join("\n\n");
}

function partText(part: Part): string {
  switch (part.kind) {
    case "text":
    case "reasoning":
    case "refusal":
      return part.text;
    case "call":
      return `${part.name}(${plain(part.args)})`;
    case "result":
      return part.text || plain(part.value);
    case "media":
      return `[${part.label}]${part.text ? ` ${part.text}` : ""}`;
    case "vector":
      return `[${part.dimensions ?? "?"} dimensions] ${part.first.join(", ")}`;
    case "sources":
      return part.sources.map(sourceText).join("\n");
    case "other":
      return plain(part.value);
  }
}

function plain(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}
