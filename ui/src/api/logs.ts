/** The list of logs, and one of them. */

import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import type { LogsState, Sort, SortField } from "../lib/url-state";
import { call } from "./client";
import { askedAt, questionParams, type Asked } from "./question";
import type { LogObject, LogPage, StoredReply } from "./types";

export const PAGE_SIZE = 100;
/** A longer list is a sign of a missing filter, and its rows are memory. */
export const ROWS_MAX = 20_000;

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

export function questionOf(state: LogsState, now: number): LogsQuestion {
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

/** The list, page after page. Counting happens once, with the first page. */
export function logsQuery(question: LogsQuestion) {
  return infiniteQueryOptions({
    queryKey: ["logs", question] as const,
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) =>
      fetchLogs(
        question,
        { size: PAGE_SIZE, total: pageParam === "", cursor: pageParam || undefined },
        signal,
      ),
    getNextPageParam: (last, pages) =>
      pages.length * PAGE_SIZE < ROWS_MAX ? (last.next_cursor ?? undefined) : undefined,
    placeholderData: keepPreviousData,
    staleTime: Infinity,
  });
}

const LOOK_AGAIN_MS = 5000;

/** The first page again, uncounted: what has come in since the list was loaded. */
export function newLogsQuery(question: LogsQuestion, enabled: boolean) {
  return queryOptions({
    queryKey: ["new-logs", question] as const,
    queryFn: ({ signal }) =>
      fetchLogs(
        { ...question, sort: { field: "time", direction: "desc" } },
        { size: PAGE_SIZE, total: false },
        signal,
      ),
    enabled,
    refetchInterval: LOOK_AGAIN_MS,
    retry: false,
    gcTime: 0,
  });
}

/** How many logs answer a question. */
export function countQuery(question: LogsQuestion) {
  return queryOptions({
    queryKey: ["count", question] as const,
    queryFn: async ({ signal }) => (await fetchLogs(question, { size: 1, total: true }, signal)).total,
    staleTime: Infinity,
  });
}

/** A stored log does not change. */
export function logQuery(id: string) {
  return queryOptions({
    queryKey: ["log", id] as const,
    queryFn: ({ signal }) => call<LogObject>(`logs/${encodeURIComponent(id)}`, { signal }),
    staleTime: Infinity,
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
