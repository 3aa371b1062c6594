/**
 * Edits of a query that are not typed: by facets, cells, the panel. They change the tree and keep, of what was
 * typed, the spelling.
 */

import type { ValueFilter } from "../value-filter";
import type { Fields } from "./fields";
import { tryParse } from "./parse";
import {
  Mistake,
  quote,
  spellName,
  toText,
  type FilterNode,
  type Query,
  type QueryNode,
  type Value,
} from "./syntax";

/** The parts that must all match. */
export function clausesOf({ tree }: Query): QueryNode[] {
  if (!tree) return [];
  return tree.kind === "and" ? tree.parts : [tree];
}

const METADATA = "metadata.";

/** "user" and "metadata.my key", as ValueFilter has fields, in parts. */
function partsOf(field: string): { name: string; key?: string } {
  return field.startsWith(METADATA)
    ? { name: "metadata", key: field.slice(METADATA.length) }
    : { name: field };
}

/** A value as a literal that means this text and no pattern. */
export function literal(value: string): string {
  return value === "" || /[\s()",*]|\.\.|^[<>=]/u.test(value) ? quote(value) : value;
}

function spell(field: string, value: string): string {
  const { name, key } = partsOf(field);
  return `${spellName(name, key)}:${literal(value)}`;
}

/** A clause of one field: the filter, and whether it is excluded. */
interface FieldClause {
  node: QueryNode;
  filter: FilterNode;
  out: boolean;
}

function fieldClauses(query: Query, field: string): FieldClause[] {
  const { name, key } = partsOf(field);
  return clausesOf(query).flatMap((node) => {
    const out = node.kind === "not";
    const filter = out ? node.part : node;
    return filter.kind === "filter" && filter.field === name && filter.key === key
      ? [{ node, filter, out }]
      : [];
  });
}

/** Only this value of the field; asked for again, any value. */
export function only(text: string, { field, value }: ValueFilter, fields: Fields): string {
  return edited(text, fields, (query) => {
    const found = fieldClauses(query, field);
    const is = found.length === 1 && found[0] && !found[0].out && isJust(found[0].filter, value);
    const [first, ...rest] = found.map(({ node }) => node);
    if (!first) return appended(text, query, spell(field, value), fields);
    const cut = rest.reverse().reduce((left, node) => removed(left, node), text);
    return is ? removed(cut, first) : cut.slice(0, first.start) + spell(field, value) + cut.slice(first.end);
  });
}

/** This value too; if it is there already, without it. */
export function toggled(text: string, { field, value, out = false }: ValueFilter, fields: Fields): string {
  return edited(text, fields, (query) => {
    const found = fieldClauses(query, field);
    const there = found.find((each) => each.out === out && holds(each.filter, value));
    if (there) return withoutValue(text, there, value);
    // What was excluded is now wanted, or the other way round.
    const opposite = found.find((each) => each.out !== out && holds(each.filter, value));
    if (opposite) {
      return toggled(withoutValue(text, opposite, value), { field, value, out }, fields);
    }
    const list = found.find((each) => each.out === out && each.filter.op === ":");
    if (list) return `${text.slice(0, list.filter.end)},${literal(value)}${text.slice(list.filter.end)}`;
    const same = found.find((each) => !each.out);
    if (same && !out) return only(text, { field, value }, fields);
    return appended(text, query, (out ? "-" : "") + spell(field, value), fields);
  });
}

/** One more part that must match. */
export function withClause(text: string, { field, value, out }: ValueFilter, fields: Fields): string {
  return edited(text, fields, (query) => {
    const found = fieldClauses(query, field);
    if (found.some((each) => each.out === (out ?? false) && isJust(each.filter, value))) return text;
    return out ? toggled(text, { field, value, out }, fields) : only(text, { field, value }, fields);
  });
}

/** One more part that must match, spelled out. */
export function withText(text: string, clause: string, fields: Fields): string {
  return edited(text, fields, (query) => {
    const there = clausesOf(query).some(({ start, end }) => text.slice(start, end) === clause);
    return there ? text : appended(text, query, clause, fields);
  });
}

/** None of these values of the field. */
export function withoutValues(text: string, field: string, values: string[], fields: Fields): string {
  if (values.length === 0) return text;
  const { name, key } = partsOf(field);
  return withText(text, `-${spellName(name, key)}:${values.map(literal).join(",")}`, fields);
}

/** Without any part that names the field. */
export function withoutField(text: string, field: string, fields: Fields): string {
  return edited(text, fields, (query) =>
    fieldClauses(query, field)
      .reverse()
      .reduce((left, { node }) => removed(left, node), text),
  );
}

/** Without one of `clausesOf`. */
export function withoutClause(text: string, clause: QueryNode, fields: Fields): string {
  return edited(text, fields, (query) => {
    const left = removed(text, clause);
    if (!(tryParse(left, fields) instanceof Mistake)) return left;
    const parts = clausesOf(query).filter((each) => each.start !== clause.start);
    return toText({ sort: query.sort, tree: parts.length < 2 ? (parts[0] ?? null) : joined(parts) });
  });
}

/** Without `sort:`. */
export function withoutSort(text: string, fields: Fields): string {
  return edited(text, fields, ({ sort }) => (sort ? withoutSort(removed(text, sort), fields) : text));
}

/** What is there of a field: whether a value is asked for, or excluded, by a part of its own. */
export function stateOf(query: Query, field: string, value: string): "in" | "out" | null {
  const found = fieldClauses(query, field);
  if (found.some(({ out, filter }) => out && matches(filter, value))) return "out";
  const wanted = found.filter(({ out }) => !out);
  return wanted.length > 0 && wanted.every(({ filter }) => matches(filter, value)) ? "in" : null;
}

/** Values that are asked for or excluded by name, whether any log has them or not. */
export function namedValues(query: Query, field: string): string[] {
  return fieldClauses(query, field)
    .filter(({ filter }) => filter.op === ":")
    .flatMap(({ filter }) => filter.values)
    .flatMap((value) => (value && (value.quoted || !value.text.includes("*")) ? [value.text] : []));
}

/** Whether the field has a part of its own. */
export function isFiltered(query: Query, field: string): boolean {
  return fieldClauses(query, field).length > 0;
}

/** What cannot be read is left as it is, with the edit behind it: nothing typed is thrown away. */
function edited(text: string, fields: Fields, edit: (query: Query) => string): string {
  const query = tryParse(text, fields);
  return query instanceof Mistake ? text : edit(query);
}

function appended(text: string, query: Query, clause: string, fields: Fields): string {
  const { tree } = query;
  if (tree?.kind !== "or") return `${text.trimEnd()} ${clause}`.trimStart();
  const grouped = `${text.slice(0, tree.start)}(${text.slice(tree.start, tree.end)})${text.slice(tree.end)}`;
  const spelled = `${grouped.trimEnd()} ${clause}`;
  // A `sort` may stand between the alternatives, and cannot in parentheses.
  if (!(tryParse(spelled, fields) instanceof Mistake)) return spelled;
  const sorted = query.sort ? ` ${toText({ tree: null, sort: query.sort })}` : "";
  return `(${toText({ tree, sort: null })}) ${clause}${sorted}`;
}

/** Without a piece, and without one `AND` beside it. */
function removed(text: string, { start, end }: { start: number; end: number }): string {
  const [left, right] = [text.slice(0, start).trimEnd(), text.slice(end).trimStart()];
  const before = left.replace(/(?<=^|[\s()"])AND$/u, "").trimEnd();
  const after = before === left ? right.replace(/^AND(?=[\s()"]|$)/u, "").trimStart() : right;
  return before && after ? `${before} ${after}` : before + after;
}

function joined(parts: QueryNode[]): QueryNode {
  return { kind: "and", parts, start: parts[0]?.start ?? 0, end: parts.at(-1)?.end ?? 0 };
}

function withoutValue(text: string, { node, filter }: FieldClause, value: string): string {
  const index = filter.values.findIndex((each) => each !== null && same(each, value));
  const [found, before, after] = [filter.values[index], filter.values[index - 1], filter.values[index + 1]];
  if (filter.values.length < 2 || !found) return removed(text, node);
  return after
    ? text.slice(0, found.start) + text.slice(after.start)
    : text.slice(0, before?.end ?? found.start) + text.slice(found.end);
}

function isJust(filter: FilterNode, value: string): boolean {
  return filter.op === ":" && filter.values.length === 1 && holds(filter, value);
}

function holds(filter: FilterNode, value: string): boolean {
  return filter.op === ":" && filter.values.some((each) => each !== null && same(each, value));
}

function same(literal: Value, value: string): boolean {
  return (
    literal.text.toLowerCase() === value.toLowerCase() && (literal.quoted || !literal.text.includes("*"))
  );
}

/** Whether a value of a facet is among those that a filter finds. Patterns and comparisons count. */
function matches({ field, op, values }: FilterNode, value: string): boolean {
  switch (op) {
    case ":":
      return values.some((each) => each !== null && isLike(field, each, value));
    case "*":
      return value !== "";
    case "=":
      return values[0]?.text === value;
    case "..": {
      const [low, high] = values;
      return (!low || Number(value) >= Number(low.text)) && (!high || Number(value) <= Number(high.text));
    }
    case "~":
      return false;
    default:
      return compares(op, Number(value), Number(values[0]?.text));
  }
}

function compares(op: string, value: number, bound: number): boolean {
  if (op === ">") return value > bound;
  if (op === ">=") return value >= bound;
  return op === "<" ? value < bound : value <= bound;
}

function isLike(field: string, { text, quoted }: Value, value: string): boolean {
  if (field === "status" && /^[1-5]xx$/i.test(text)) return value.startsWith(text.charAt(0));
  if (quoted || !text.includes("*")) return text.toLowerCase() === value.toLowerCase();
  const pattern = text.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${pattern.join(".*")}$`, "isu").test(value);
}
