/** Feedback: list, give, change, delete. */

import { infiniteQueryOptions } from "@tanstack/react-query";
import { call } from "./client";
import type { Feedback } from "./types";

export interface GivenFeedback {
  /** The log that is meant; its trace is known to the server. */
  log_id?: string;
  trace_id?: string;
  /** -10..10. */
  value: number;
  /** 0..1. */
  weight?: number;
  metadata?: Record<string, string>;
}

export const giveFeedback = (given: GivenFeedback) =>
  call<{ feedback_ids: string[] }>("feedback", { method: "POST", body: given });

export interface FeedbackPage {
  data: Feedback[];
  next_cursor: string | null;
}

const PAGE_SIZE = "50";

/** The newest first; of one trace when it is named. */
export function feedbackQuery(traceId: string) {
  return infiniteQueryOptions({
    queryKey: ["feedback", traceId] as const,
    queryFn: ({ pageParam, signal }) =>
      call<FeedbackPage>("feedback", {
        query: { trace_id: traceId || undefined, cursor: pageParam ?? undefined, page_size: PAGE_SIZE },
        signal,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next_cursor }) => next_cursor,
  });
}

export const deleteFeedback = (id: string) =>
  call(`feedback/${encodeURIComponent(id)}`, { method: "DELETE" });
