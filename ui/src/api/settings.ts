/** Settings, own prices, and deriving the past again. */

import { queryOptions } from "@tanstack/react-query";
import { call } from "./client";
import type { Page, Setting } from "./types";

export const settingsQuery = queryOptions({
  queryKey: ["settings"] as const,
  queryFn: async ({ signal }) => (await call<Page<Setting>>("settings", { signal })).data,
});

/** An own price, or with `percent` a discount. */
export interface Price {
  object: "price" | "discount";
  id: string;
  provider: string;
  model: string;
  /** USD per million tokens. */
  parts?: Record<string, number>;
  percent?: number;
  /** Days, both included. */
  since: string | null;
  until: string | null;
}

export const pricesQuery = queryOptions({
  queryKey: ["prices"] as const,
  queryFn: async ({ signal }) => (await call<Page<Price>>("prices", { signal })).data,
});

export type PriceFields = Partial<Omit<Price, "object" | "id">>;

export const setPrice = (price: PriceFields) => call<Price>("prices", { method: "POST", body: price });

export const removePrice = (id: string) => call(`prices/${encodeURIComponent(id)}`, { method: "DELETE" });

/** A job that derives stored logs again. */
export interface Reprocessing {
  id: string;
  status: string;
  since: string;
  until: string;
  done_through: string;
  logs_seen: number;
  logs_changed: number;
  error: string | null;
  created_at: string;
}

const LOOK_AGAIN_MS = 1000;

export const reprocessQuery = queryOptions({
  queryKey: ["reprocess"] as const,
  queryFn: async ({ signal }) => (await call<Page<Reprocessing>>("reprocess", { signal })).data,
  refetchInterval: ({ state }) => (state.data?.some(isUnderWay) ? LOOK_AGAIN_MS : false),
});

export function isUnderWay({ status }: Reprocessing): boolean {
  return !["done", "failed", "cancelled"].includes(status);
}

export const reprocess = (since: string) =>
  call<Reprocessing>("reprocess", { method: "POST", body: { since } });

export const cancelReprocess = (id: string) =>
  call(`reprocess/${encodeURIComponent(id)}/cancel`, { method: "POST" });
