import { queryOptions } from "@tanstack/react-query";
import { call, PAGE_NAME } from "./client";
import type { RunningQuestion } from "./types";

const LOOK_AGAIN_MS = 1000;

/** How far the server is with a question of this page; null when it does not tell. `path` as `call` takes it, not encoded. */
export function runningQuery(path: string) {
  return queryOptions({
    queryKey: ["running", path] as const,
    queryFn: async ({ signal }) => {
      const { data } = await call<{ data: RunningQuestion[] }>("questions", {
        signal,
        query: { asked_by: PAGE_NAME },
      });
      return data.find((each) => each.path === `/v1/${path}`) ?? null;
    },
    refetchInterval: LOOK_AGAIN_MS,
    gcTime: 0,
    retry: false,
  });
}
