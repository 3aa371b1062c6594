/** Feedback: list, give, change, delete. */

import { call } from "./client";

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
