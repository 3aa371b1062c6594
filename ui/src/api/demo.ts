/** Demo data: with one call there, with one call gone. */

import { queryOptions } from "@tanstack/react-query";
import { call } from "./client";
import type { LogPage } from "./types";

interface DemoReply {
  count: number;
}

export const makeDemo = () => call<DemoReply>("demo", { method: "POST" });

export const removeDemo = () => call<DemoReply>("demo", { method: "DELETE" });

/** Whether there is any. */
export const demoQuery = queryOptions({
  queryKey: ["demo"] as const,
  queryFn: async ({ signal }) =>
    (await call<LogPage>("logs", { query: { q: DEMO, page_size: "1" }, signal })).data.length > 0,
});

/** What finds it. */
export const DEMO = "metadata._demo:true";
