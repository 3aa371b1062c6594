/** Whether a filter's operator and literals suit its field: the server's rules, in the server's words. */

import { nearest, type Fields, type QueryField } from "./fields";
import { Mistake, type FilterNode, type Value } from "./syntax";

const OPERATOR_SAYS: Record<string, string> = { "..": "range", "~": "regular expression" };
const BOUNDS = new Set([">", ">=", "<", "<=", ".."]);
/** What one of a unit is worth in the column's own. */
const UNITS: Record<string, Record<string, number>> = {
  count: { k: 1e3, K: 1e3, M: 1e6 },
  money: { c: 0.01 },
  duration: { ms: 1, s: 1e3, m: 6e4 },
};
const NUMERIC = new Set(["number", "count", "money", "duration", "status", "rating", "metadata"]);

/** Throws a Mistake for an operator that the field does not take, and for literals that are none of its type. */
export function check(field: QueryField, filter: FilterNode, fields: Fields) {
  if (!field.operators.includes(filter.op)) throw noOperator(field, filter);
  if (filter.op === "~") return;
  for (const value of filter.values) if (value) checkValue(field, filter.op, value, fields);
  if (filter.op === "..") checkOrder(field, filter);
}

function noOperator({ name, textual }: QueryField, { op, start, end }: FilterNode): Mistake {
  const what = OPERATOR_SAYS[op] ?? `\`${op}\``;
  const hint = textual && op !== "~" && op !== "*" ? " To mean the text itself, put it in quotes." : "";
  return new Mistake(`\`${name}\` takes no ${what}.${hint}`, start, end);
}

function checkValue(field: QueryField, op: string, value: Value, fields: Fields) {
  const bound = BOUNDS.has(op);
  const pattern = bound ? field.bound_pattern : field.pattern;
  if (pattern) {
    if (!new RegExp(`^(?:${pattern})$`, "u").test(value.text)) {
      throw notA(value, bound ? field.bound_says || field.says : field.says);
    }
  } else if (field.type === "words") checkWord(value);
  else if (field.values) checkChoice(field, op, value, fields);
  else if (!field.glob && value.text.includes("*") && !value.quoted && op === ":") {
    throw new Mistake(`\`${field.name}\` is exact: it takes no \`*\`.`, value.start, value.end);
  }
}

function checkChoice(field: QueryField, op: string, value: Value, fields: Fields) {
  const { text, quoted } = value;
  if (field.textual && (quoted || op === "=" || text.includes("*"))) return;
  const wanted = field.type === "order" ? text.toLowerCase().replace(/^\+/, "") : text.toLowerCase();
  const choices = [...(field.values ?? []), ...(field.type === "part" ? fields.names : [])];
  const isKey = field.type === "part" && text.startsWith("metadata.") && text.length > "metadata.".length;
  if (!choices.includes(wanted) && !isKey) throw notA(value, field.says, nearest(wanted, choices));
}

function notA({ text, start, end }: Value, says: string, suggestion: string | null = null): Mistake {
  const hint = suggestion ? ` Did you mean \`${suggestion}\`?` : "";
  return new Mistake(`\`${shown(text)}\` is not ${says}.${hint}`, start, end, suggestion);
}

/** Throws a Mistake for a word or phrase that full text cannot look for. */
export function checkWord({ text, quoted, start, end }: Value) {
  if (quoted && text.trim() === "") throw new Mistake("Nothing stands between the quotes.", start, end);
  if (!quoted && (text === "*" || text.slice(0, -1).includes("*"))) {
    throw new Mistake("`*` may only stand at the end of a word.", start, end);
  }
}

function checkOrder({ type }: QueryField, { values }: FilterNode) {
  const [low, high] = values;
  if (low && high && NUMERIC.has(type) && amount(type, low.text) > amount(type, high.text)) {
    throw new Mistake("The range ends before it begins.", low.start, high.end);
  }
}

/** What a literal that was checked is worth, in the unit of the field's column. */
export function amount(type: string, text: string): number {
  const [, number = "", unit = ""] = /^\$?(.*?)([kKMcsm]*)$/u.exec(text) ?? [];
  // Cents are divided, so that 5c is the 0.05 that was stored, not its neighbour.
  return unit === "c" ? Number(number) / 100 : Number(number) * (UNITS[type]?.[unit] ?? 1);
}

const SHOWN_MAX = 40;

/** A piece of the query in a message: short. */
export function shown(text: string): string {
  const characters = Array.from(text);
  return characters.length <= SHOWN_MAX ? text : `${characters.slice(0, SHOWN_MAX).join("")}…`;
}
