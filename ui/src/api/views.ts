/** Saved views. */

import { queryOptions } from "@tanstack/react-query";
import { call } from "./client";
import type { Page, View } from "./types";

export const viewsQuery = queryOptions({
  queryKey: ["views"] as const,
  queryFn: async ({ signal }) => (await call<Page<View>>("views", { signal })).data,
  staleTime: 30_000,
});

export type ViewFields = Pick<View, "name" | "q" | "from" | "to" | "columns" | "page" | "pinned">;

export const createView = (view: ViewFields) => call<View>("views", { method: "POST", body: view });

export const changeView = ({ id, ...view }: Partial<ViewFields> & { id: string }) =>
  call<View>(`views/${encodeURIComponent(id)}`, { method: "PUT", body: view });

export const deleteView = (id: string) => call(`views/${encodeURIComponent(id)}`, { method: "DELETE" });
