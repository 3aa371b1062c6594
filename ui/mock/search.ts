/** `GET /v1/logs` of the mock: filters, order, pages. */

import type { LogPage, LogRow } from "../src/api/types";
import { Refused } from "./routes";
import type { StoredLog } from "./store";

type Test = (stored: StoredLog) => boolean;

export function searchLogs(logs: StoredLog[], params: URLSearchParams): LogPage {
  const tests = readTests(params);
  const found = logs.filter((each) => tests.every((test) => test(each))).map((each) => each.row);
  order(found, params);
  const size = Number(params.get("page_size") ?? 50);
  const start = Number(params.get("cursor") ?? 0);
  const end = start + size;
  return {
    object: "list",
    total: params.get("include_total") === "false" ? null : found.length,
    data: found.slice(start, end),
    next_cursor: end < found.length ? String(end) : null,
    has_more: end < found.length,
  };
}

function readTests(params: URLSearchParams): Test[] {
  const tests: Test[] = [];
  const add = (name: string, make: (value: string) => Test) => {
    const value = params.get(name);
    if (value) tests.push(make(value));
  };
  add("q", textTest);
  add(
    "time_of_generation_min",
    (min) =>
      ({ row }) =>
        row.created_at >= instant("time_of_generation_min", min),
  );
  add(
    "time_of_generation_max",
    (max) =>
      ({ row }) =>
        row.created_at < instant("time_of_generation_max", max),
  );
  add("status_code", statusTest);
  add("ai_model", (list) => anyOf(list, (row) => row.ai_model));
  add("provider", (list) => anyOf(list, (row) => row.ai_org));
  add("user", (list) => anyOf(list, (row) => row.user));
  add("trace_id", (list) => anyOf(list, (row) => row.trace_id));
  add("metadata", metadataTest);
  return tests;
}

function textTest(q: string): Test {
  const terms = [...q.matchAll(/"([^"]+)"|(\S+)/g)].map((match) =>
    (match[1] ?? match[2] ?? "").toLowerCase(),
  );
  return ({ text }) => terms.every((term) => text.includes(term));
}

function instant(param: string, text: string): string {
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw new Refused(400, `${text} is not a time.`, param);
  return new Date(time).toISOString();
}

function statusTest(list: string): Test {
  const parts = list.split(",");
  return ({ row }) => {
    const status = String(row.response_status_code);
    return parts.some((part) => (part.endsWith("xx") ? status.startsWith(part.charAt(0)) : status === part));
  };
}

function anyOf(list: string, value: (row: LogRow) => string | null): Test {
  const patterns = list.split(",").map((each) => {
    const source = each.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
    return new RegExp(`^${source.join(".*")}$`, "i");
  });
  return ({ row }) => patterns.some((pattern) => pattern.test(value(row) ?? ""));
}

function metadataTest(text: string): Test {
  const wanted = Object.entries(JSON.parse(text) as Record<string, string>);
  return ({ row }) =>
    wanted.every(([key, value]) => row["metadata.value"][row["metadata.key"].indexOf(key)] === value);
}

const ORDERS = ["created_at", "cost", "response_time", "total_units"] as const;

function order(rows: LogRow[], params: URLSearchParams) {
  const asked = params.get("order_by") ?? "created_at";
  const key = ORDERS.find((each) => each === asked);
  if (!key) throw new Refused(400, `Cannot order by ${asked}.`, "order_by");
  const sign = params.get("order_by_type") === "asc" ? 1 : -1;
  rows.sort((a, b) => {
    const [left, right] = [a[key] ?? -Infinity, b[key] ?? -Infinity];
    return left < right ? -sign : left > right ? sign : 0;
  });
}
