/** The list of logs, its figures, and one of them. */

import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import type { LogsState, Sort, SortField } from "../lib/url-state";
import { API_ROOT, call } from "./client";
import { askedAt, offsetParams, questionParams, type Asked } from "./question";
import type { LogObject, LogPage, LogStats, StoredReply } from "./types";

export const PAGE_SIZE = 100;
/** More rows than this are not kept: the far end is dropped, and fetched again when it is scrolled to. */
export const ROWS_MAX = 20_000;
/** As fine as the histogram can be. */
export const BUCKETS_MAX = 120;

const ORDER_BY: Record<SortField, string> = {
  time: "created_at",
  cost: "cost",
  latency: "response_time",
  tokens: "total_units",
};

/** What is asked of the list. */
export interface LogsQuestion extends Asked {
  sort: Sort;
}

export function questionOf(state: Pick<LogsState, "q" | "from" | "to" | "sort">, now: number): LogsQuestion {
  return { ...askedAt(state, now), sort: state.sort };
}

interface PageChoice {
  size: number;
  total: boolean;
  cursor?: string;
}

function fetchLogs(question: LogsQuestion, page: PageChoice, signal?: AbortSignal): Promise<LogPage> {
  return call<LogPage>("logs", {
    signal,
    query: {
      ...questionParams(question),
      order_by: ORDER_BY[question.sort.field],
      order_by_type: question.sort.direction,
      page_size: String(page.size),
      cursor: page.cursor,
      include_total: String(page.total),
    },
  });
}

/** Where a page begins. Cursors only lead on, so each knows the one before it. */
export interface PageStart {
  cursor: string;
  /** How many pages come before it. */
  depth: number;
  previous: PageStart | null;
}

const FIRST_PAGE: PageStart = { cursor: "", depth: 0, previous: null };

/** The list, page after page, uncounted. */
export function logsQuery(question: LogsQuestion) {
  return infiniteQueryOptions({
    queryKey: ["logs", question] as const,
    initialPageParam: FIRST_PAGE,
    queryFn: ({ pageParam, signal }) =>
      fetchLogs(question, { size: PAGE_SIZE, total: false, cursor: pageParam.cursor || undefined }, signal),
    getNextPageParam: (last, _pages, start) =>
      last.next_cursor === null
        ? undefined
        : { cursor: last.next_cursor, depth: start.depth + 1, previous: start },
    getPreviousPageParam: (_first, _pages, start) => start.previous ?? undefined,
    maxPages: ROWS_MAX / PAGE_SIZE,
    placeholderData: keepPreviousData,
    staleTime: Infinity,
    // Each page would be compared with itself whenever another one comes.
    structuralSharing: false,
  });
}

/** The newest logs that a question finds: what came in while nobody listened. */
export function newestLogs(question: Asked, signal?: AbortSignal): Promise<LogPage> {
  const newestFirst = { ...question, sort: { field: "time", direction: "desc" } as const };
  return fetchLogs(newestFirst, { size: PAGE_SIZE, total: false }, signal);
}

/** How many logs answer a question. */
export function countQuery(question: LogsQuestion) {
  return queryOptions({
    queryKey: ["count", question] as const,
    queryFn: async ({ signal }) => (await fetchLogs(question, { size: 1, total: true }, signal)).total,
    staleTime: Infinity,
  });
}

/** Totals and histogram. */
export function statsQuery(asked: Asked) {
  return queryOptions({
    queryKey: ["stats", asked] as const,
    queryFn: ({ signal }) => {
      const query = {
        ...questionParams(asked),
        ...offsetParams(asked.now),
        buckets: String(BUCKETS_MAX),
      };
      return call<LogStats>("logs/stats", { signal, query });
    },
    placeholderData: keepPreviousData,
    staleTime: Infinity,
  });
}

/** Where new logs are told of as they come. `after` is the id of the last event seen. */
export function streamUrl(q: string, after: string | null): string {
  const url = new URL("v1/logs/stream", API_ROOT);
  if (q) url.searchParams.set("q", q);
  if (after !== null) url.searchParams.set("after", after);
  return url.href;
}

/** A stored log does not change. */
export function logQuery(id: string) {
  return queryOptions({
    queryKey: ["log", id] as const,
    queryFn: ({ signal }) => call<LogObject>(`logs/${encodeURIComponent(id)}`, { signal }),
    staleTime: Infinity,
    // Comparing it with the one before would cost more than drawing it.
    structuralSharing: false,
  });
}

/** The newest log of all, looked for every second: the welcome page waits for the next one. */
export function newestLogQuery(listening: boolean) {
  return queryOptions({
    queryKey: ["newest-log"] as const,
    queryFn: async ({ signal }) => {
      const page = await call<LogPage>("logs", {
        query: { page_size: "1", include_total: "false" },
        signal,
      });
      return page.data[0] ?? null;
    },
    refetchInterval: listening ? 1000 : false,
    retry: false,
    gcTime: 0,
  });
}

export const sendLog = (log: unknown) => call<StoredReply>("logs", { method: "POST", body: log });
