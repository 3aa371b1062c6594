/** Traces, and one trace whole. */

import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { call } from "./client";
import { questionParams, type Asked } from "./question";

/** One line of `GET /v1/traces`. */
export interface TraceRow {
  trace_id: string;
  name: string | null;
  root_kind: string | null;
  /** The log that stands at the top. */
  root_id: string | null;
  started_at: string;
  duration_ms: number | null;
  spans: number;
  calls: number;
  errors: number;
  pending: number;
  /** Cents. */
  cost: number | null;
  total_tokens: number | null;
  models: string[];
  user: string | null;
  session: string | null;
  preview: string | null;
}

export interface TracePage {
  data: TraceRow[];
  next_cursor: string | null;
}

export const TRACE_ORDERS = ["newest", "duration", "cost", "tokens", "spans"] as const;
export type TraceOrder = (typeof TRACE_ORDERS)[number];

/** A span as the tree has it; what is null, false or empty is left out of it. */
export interface TraceSpan {
  /** Its log; a placeholder has none. */
  id?: string;
  span_id?: string;
  depth: number;
  name?: string;
  kind?: string;
  provider?: string;
  model?: string;
  status?: number;
  outcome?: string;
  tools?: string[];
  error_message?: string;
  /** Since the start of the trace. */
  start_ms: number;
  duration_ms?: number;
  /** Left out where it is the whole duration. */
  self_ms?: number;
  cost_usd?: number;
  total_tokens?: number;
  preview?: string;
  response_preview?: string;
  counts?: boolean;
  duplicate_of?: string;
  on_critical_path?: boolean;
  orphan?: boolean;
  cycle_cut?: boolean;
  placeholder?: boolean;
  note?: string;
}

export interface TraceNote {
  code: string;
  message: string;
}

export interface TraceTotals {
  spans: number;
  calls: number;
  errors: number;
  cost: number | null;
  total_tokens: number | null;
}

export interface Trace {
  trace_id: string;
  started_at: string;
  duration_ms: number;
  totals: TraceTotals;
  notes: TraceNote[];
  spans: TraceSpan[];
  next_cursor: string | null;
}

/** The list, page after page. */
export function tracesQuery(asked: Asked, order: TraceOrder) {
  return infiniteQueryOptions({
    queryKey: ["traces", asked, order] as const,
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) => {
      const query = {
        ...questionParams(asked),
        order_by: order,
        page_size: "100",
        cursor: pageParam || undefined,
      };
      return call<TracePage>("traces", { signal, query });
    },
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
    staleTime: Infinity,
  });
}

/** All spans of a trace: pages of 10,000, one after the other. Spans may still come, so it is asked for anew. */
export function traceQuery(id: string) {
  return queryOptions({
    queryKey: ["trace", id] as const,
    queryFn: async ({ signal }) => {
      const fetchPage = (cursor?: string) =>
        call<Trace>(`traces/${encodeURIComponent(id)}`, { signal, query: { cursor } });
      const trace = await fetchPage();
      for (let cursor = trace.next_cursor; cursor !== null;) {
        const page = await fetchPage(cursor);
        trace.spans.push(...page.spans);
        cursor = page.next_cursor;
      }
      return trace;
    },
    staleTime: 10_000,
  });
}
