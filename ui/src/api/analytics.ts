/** Graphs, groups and error groups. */

import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import type { GraphReply } from "../lib/graphs/series";
import { call } from "./client";
import { offsetParams, questionParams, type Asked } from "./question";

/** What is asked of every graph of a page. */
export interface GraphQuestion extends Asked {
  /** A dimension, or null. */
  by: string | null;
  compare: boolean;
}

const graphParams = (asked: Asked) => ({ ...questionParams(asked), ...offsetParams(asked.now) });

export function graphQuery(path: string, question: GraphQuestion) {
  return queryOptions({
    queryKey: ["graph", path, question] as const,
    queryFn: ({ signal }) => {
      const { by, compare } = question;
      const more = { split_by: by ?? undefined, compare: compare ? "previous" : undefined };
      return call<GraphReply>(`analytics/graphs/${path}`, {
        signal,
        query: { ...graphParams(question), ...more },
      });
    },
    placeholderData: keepPreviousData,
    staleTime: Infinity,
  });
}

export type Group = Record<string, string | number | null>;

export interface GroupPage {
  data: Group[];
  total: number;
}

export interface GroupChoice {
  dimension: string;
  columns: readonly string[];
  orderBy: string;
  ascending: boolean;
  page: number;
  size: number;
}

export function groupsQuery(asked: Asked, choice: GroupChoice) {
  return queryOptions({
    queryKey: ["groups", asked, choice] as const,
    queryFn: ({ signal }) =>
      call<GroupPage>(`analytics/groups/${encodeURIComponent(choice.dimension)}`, {
        signal,
        query: {
          ...graphParams(asked),
          columns: choice.columns.join(","),
          order_by: choice.orderBy,
          order_by_type: choice.ascending ? "asc" : "desc",
          current_page: String(choice.page),
          page_size: String(choice.size),
        },
      }),
    placeholderData: keepPreviousData,
    staleTime: Infinity,
  });
}

export interface ErrorGroup {
  fingerprint: string;
  provider: string;
  status: number | null;
  error_type: string | null;
  message: string;
  count: number;
  /** Percent of the range's errors. */
  share: number;
  first_seen: string;
  last_seen: string;
  is_new: boolean;
  users: number;
  models: string[];
  example_id: string;
  /** Finds its logs. */
  q: string;
  sparkline: number[];
}

export const ERROR_ORDERS = ["count", "first_seen", "last_seen"] as const;
export type ErrorOrder = (typeof ERROR_ORDERS)[number];

export function errorGroupsQuery(asked: Asked, order: ErrorOrder) {
  return queryOptions({
    queryKey: ["error-groups", asked, order] as const,
    queryFn: ({ signal }) =>
      call<{ data: ErrorGroup[]; total: number; errors: number }>("analytics/errors", {
        signal,
        query: { ...graphParams(asked), order_by: order, page_size: "100" },
      }),
    placeholderData: keepPreviousData,
    staleTime: Infinity,
  });
}

export interface CacheSummary {
  hits: number;
  avg_latency: number;
  total_requests: number;
  cache_speedup: number;
  rate: number;
  /** Cents. */
  saved: number;
}

export function cacheSummaryQuery(asked: Asked) {
  return queryOptions({
    queryKey: ["cache-summary", asked] as const,
    queryFn: async ({ signal }) =>
      (
        await call<{ summary: CacheSummary }>("analytics/summary/cache", {
          signal,
          query: graphParams(asked),
        })
      ).summary,
    placeholderData: keepPreviousData,
    staleTime: Infinity,
  });
}
