/** What a query of the filter bar finds among the mock's logs. */

import { readFileSync } from "node:fs";
import type { LogRow } from "../src/api/types";
import { Fields, type QueryField } from "../src/lib/query/fields";
import { amount } from "../src/lib/query/literals";
import { tryParse } from "../src/lib/query/parse";
import {
  inCodePoints,
  Mistake,
  type FilterNode,
  type Query,
  type QueryNode,
  type Value,
} from "../src/lib/query/syntax";
import { Refused } from "./routes";
import type { StoredLog } from "./store";

/** The real table, as the parsers' fixture holds it. */
export const FIELDS = (
  JSON.parse(readFileSync("../tests/fixtures/query-language.json", "utf8")) as { fields: QueryField[] }
).fields;
const fields = new Fields(FIELDS);

export function readQuery(q: string): Query {
  const found = tryParse(q, fields);
  if (!(found instanceof Mistake)) return found;
  const { message, start, end, suggestion } = found;
  const fault = inCodePoints({ path: "q", message, start, end, suggestion }, q);
  throw new Refused(400, message, "q", { errors: [fault] });
}

/** Whether a log is found. `except` names a field whose own parts do not count. */
export function finds(stored: StoredLog, { tree }: Query, except?: string): boolean {
  if (!tree) return true;
  const parts = tree.kind === "and" ? tree.parts : [tree];
  return parts.every((part) => isOf(part, except) || matches(stored, part));
}

function isOf(node: QueryNode, field: string | undefined): boolean {
  const filter = node.kind === "not" ? node.part : node;
  if (filter.kind !== "filter" || field === undefined) return false;
  return (filter.key === undefined ? filter.field : `metadata.${filter.key}`) === field;
}

function matches(stored: StoredLog, node: QueryNode): boolean {
  switch (node.kind) {
    case "and":
      return node.parts.every((part) => matches(stored, part));
    case "or":
      return node.parts.some((part) => matches(stored, part));
    case "not":
      return !matches(stored, node.part);
    case "group":
      return matches(stored, node.part);
    case "text":
      return hasText(stored, node);
    case "filter":
      return filters(stored, node);
  }
}

function hasText({ text }: StoredLog, { text: wanted, quoted }: Value): boolean {
  return text.includes((quoted ? wanted : wanted.replace(/\*$/, "")).toLowerCase());
}

const TEXTS = new Set(["req", "res", "err", "text"]);

function filters(stored: StoredLog, node: FilterNode): boolean {
  const { field, key, op, values } = node;
  if (TEXTS.has(field)) return values.some((value) => value && hasText(stored, value));
  if (field === "is") return values.some((value) => value && isFlag(stored.row, value.text));
  if (field === "has") return values.some((value) => value && fieldValue(stored.row, value.text) !== "");
  const found = fieldValue(stored.row, field, key);
  if (op === "*") return found !== "";
  if (op === "~") return new RegExp(values[0]?.text ?? "").test(found);
  const type = fields.find(field)?.type ?? "text";
  const number = found === "" ? NaN : Number(found);
  const bound = (value: Value | null | undefined) => (value ? amount(type, value.text) : NaN);
  const [low, high] = values;
  switch (op) {
    case "..":
      return (!low || number >= bound(low)) && (!high || number <= bound(high));
    case ">":
      return number > bound(low);
    case ">=":
      return number >= bound(low);
    case "<":
      return number < bound(low);
    case "<=":
      return number <= bound(low);
    default:
      return values.some((value) => value && isLike(found, value, type));
  }
}

function isFlag(row: LogRow, flag: string): boolean {
  if (flag === "error") return !row.is_success;
  if (flag === "ok") return row.is_success;
  return flag === "root" && row.parent_span_id === null;
}

function isLike(found: string, { text, quoted }: Value, type: string): boolean {
  if (type === "status" && /^[1-5]xx$/i.test(text)) return found.startsWith(text.charAt(0));
  if (quoted || !text.includes("*")) return found.toLowerCase() === text.toLowerCase();
  const source = text.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${source.join(".*")}$`, "i").test(found);
}

/** The value of a field as a facet shows it; "" for none. */
export function fieldValue(row: LogRow, field: string, key?: string): string {
  if (key !== undefined) return row["metadata.value"][row["metadata.key"].indexOf(key)] ?? "";
  if (field.startsWith("metadata.")) return fieldValue(row, "metadata", field.slice("metadata.".length));
  const values: Record<string, string | number | null | undefined> = {
    id: row.id,
    model: row.ai_model,
    provider: row.ai_org,
    user: row.user,
    env: fieldValue(row, "metadata", "environment"),
    status: row.response_status_code,
    cache: row.cache_status?.toLowerCase(),
    trace: row.trace_id,
    span: row.span_id,
    name: row.span_name,
    cost: row.cost_usd,
    tokens: row.total_units,
    in: row.req_units,
    out: row.res_units,
    latency: row.response_time,
    error: row.error_message,
    key: null,
  };
  return String(values[field] ?? "");
}
