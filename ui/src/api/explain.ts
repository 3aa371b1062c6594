/** Why a log shows what it shows. */

import { queryOptions } from "@tanstack/react-query";
import { call } from "./client";
import type { Explanation } from "./types";

/** Prices may change, so it is not kept for long. */
export function explainQuery(id: string) {
  return queryOptions({
    queryKey: ["explain", id] as const,
    queryFn: ({ signal }) => call<Explanation>(`logs/${encodeURIComponent(id)}/explain`, { signal }),
    staleTime: 30_000,
  });
}
