/** `GET /v1/logs`, its figures, histogram and facets. */

import type { Facet, LogFacets, LogPage, LogRow, LogStats } from "../src/api/types";
import type { Query } from "../src/lib/query/syntax";
import { fieldValue, finds, readQuery } from "./query";
import { Refused } from "./routes";
import type { StoredLog } from "./store";

interface Question {
  query: Query;
  min: number;
  max: number;
}

function questionOf(params: URLSearchParams): Question {
  const time = (names: string[], otherwise: number) => {
    const name = names.find((each) => params.has(each));
    return name === undefined ? otherwise : instant(name, params.get(name) ?? "");
  };
  return {
    query: readQuery(params.get("q") ?? ""),
    min: time(["time_of_generation_min", "from"], -Infinity),
    max: time(["time_of_generation_max", "to"], Infinity),
  };
}

function instant(param: string, text: string): number {
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw new Refused(400, `${text} is not a time.`, param);
  return time;
}

function found(logs: StoredLog[], { query, min, max }: Question, except?: string): LogRow[] {
  return logs
    .filter((each) => {
      const at = Date.parse(each.row.created_at);
      return at >= min && at < max && finds(each, query, except);
    })
    .map((each) => each.row);
}

export function searchLogs(logs: StoredLog[], params: URLSearchParams): LogPage {
  const question = questionOf(params);
  const rows = found(logs, question);
  order(rows, params, question.query);
  const size = Number(params.get("page_size") ?? 50);
  const start = Number(params.get("cursor") ?? 0);
  const end = start + size;
  return {
    object: "list",
    total: params.get("include_total") === "false" ? null : rows.length,
    data: rows.slice(start, end).map((row) => ({ ...row, ...highlights(row, params.get("q") ?? "") })),
    next_cursor: end < rows.length ? String(end) : null,
    has_more: end < rows.length,
  };
}

/** One snippet of the preview, for words of letters. */
function highlights(row: LogRow, q: string): Pick<LogRow, "highlights"> {
  const words = [...q.matchAll(/(?<![:\w])[a-z]{3,}(?![\w:])/gi)].map((match) => match[0].toLowerCase());
  const text = row.preview ?? "";
  const marks = words.flatMap((word): [number, number][] => {
    const start = text.toLowerCase().indexOf(word);
    return start < 0 ? [] : [[start, start + word.length]];
  });
  return marks.length > 0 ? { highlights: [{ part: "request", text, marks }] } : {};
}

const ORDERS = ["created_at", "cost", "response_time", "total_units"] as const;
const SORTS: Record<string, string> = { time: "created_at", latency: "response_time", tokens: "total_units" };

function order(rows: LogRow[], params: URLSearchParams, { sort }: Query) {
  const asked = sort ? (SORTS[sort.by] ?? sort.by) : (params.get("order_by") ?? "created_at");
  const key = ORDERS.find((each) => each === asked);
  if (!key) throw new Refused(400, `Cannot order by ${asked}.`, "order_by");
  const ascending = sort ? !sort.descending : params.get("order_by_type") === "asc";
  const sign = ascending ? 1 : -1;
  rows.sort((a, b) => {
    const [left, right] = [a[key] ?? -Infinity, b[key] ?? -Infinity];
    return left < right ? -sign : left > right ? sign : 0;
  });
}

const STEPS_MS = [1, 5, 10, 30, 60, 300, 600, 1800, 3600, 7200, 21_600, 43_200, 86_400, 604_800].map(
  (seconds) => seconds * 1000,
);

export function statsOf(logs: StoredLog[], params: URLSearchParams): LogStats {
  const question = questionOf(params);
  const rows = found(logs, question);
  const times = rows.map((row) => Date.parse(row.created_at));
  const to = Number.isFinite(question.max) ? question.max : Date.now();
  const from = Number.isFinite(question.min) ? question.min : Math.min(to - 1, ...times);
  const most = Number(params.get("buckets") ?? 120);
  const offset = Number(params.get("utc_offset_minutes") ?? 0) * 60_000;
  const step = STEPS_MS.find((each) => (to - from) / each + 2 <= most) ?? 30 * 86_400_000;
  const first = Math.floor((from + offset) / step) * step - offset;
  const buckets: LogStats["buckets"] = [];
  for (let at = first; at < to; at += step) buckets.push({ at, ok: 0, error: 0 });
  for (const row of rows) {
    const bucket = buckets[Math.floor((Date.parse(row.created_at) - first) / step)];
    if (bucket) bucket[row.is_success ? "ok" : "error"] += 1;
  }
  return { object: "log-stats", from, to, bucket_ms: step, totals: totalsOf(rows), buckets };
}

function totalsOf(rows: LogRow[]): LogStats["totals"] {
  const sum = (value: (row: LogRow) => number | null) =>
    rows.reduce((total, row) => total + (value(row) ?? 0), 0);
  const latencies = rows.flatMap((row) => row.response_time ?? []).sort((a, b) => a - b);
  const share = (part: number) => latencies[Math.floor(part * (latencies.length - 1))] ?? null;
  return {
    logs: rows.length,
    requests: rows.length,
    errors: rows.filter((row) => !row.is_success).length,
    cost_usd: sum((row) => row.cost_usd),
    cost: sum((row) => row.cost),
    input_tokens: sum((row) => row.req_units),
    output_tokens: sum((row) => row.res_units),
    total_tokens: sum((row) => row.total_units),
    unpriced_requests: rows.filter((row) => row.cost === null).length,
    latency_ms: {
      avg: latencies.length > 0 ? latencies.reduce((a, b) => a + b, 0) / latencies.length : null,
      p50: share(0.5),
      p90: share(0.9),
      p99: share(0.99),
    },
  };
}

export function facetsOf(logs: StoredLog[], params: URLSearchParams): LogFacets {
  const question = questionOf(params);
  const limit = Number(params.get("limit") ?? 8);
  const search = (params.get("search") ?? "").toLowerCase();
  const asked = (params.get("fields") ?? "").split(",").filter(Boolean);
  const names = asked.flatMap((name) => (name === "metadata" ? metadataKeys(logs) : [name]));
  return {
    object: "log-facets",
    facets: names.map((field): Facet => {
      const counts = new Map<string, number>();
      for (const row of found(logs, question, field)) {
        const value = fieldValue(row, field);
        if (value !== "" && value.toLowerCase().includes(search)) {
          counts.set(value, (counts.get(value) ?? 0) + 1);
        }
      }
      const values = [...counts].sort(([, a], [, b]) => b - a).map(([value, count]) => ({ value, count }));
      return { field, values: values.slice(0, limit), has_more: values.length > limit };
    }),
  };
}

function metadataKeys(logs: StoredLog[]): string[] {
  const counts = new Map<string, number>();
  for (const { row } of logs.slice(0, 200)) {
    for (const key of row["metadata.key"])
      if (!key.startsWith("_")) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .slice(0, 6)
    .map(([key]) => `metadata.${key}`);
}
