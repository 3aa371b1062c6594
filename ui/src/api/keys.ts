/** API keys: list, create, revoke. */

import { queryOptions } from "@tanstack/react-query";
import { call } from "./client";
import type { ApiKey, Page } from "./types";

export const keysQuery = queryOptions({
  queryKey: ["keys"] as const,
  queryFn: async ({ signal }) => (await call<Page<ApiKey>>("api-keys", { signal })).data,
});

/** The reply alone has the key's text. */
export const createKey = (wanted: { name: string; scopes: string[] }) =>
  call<ApiKey & { key: string }>("api-keys", { method: "POST", body: wanted });

export const revokeKey = (id: string) => call(`api-keys/${encodeURIComponent(id)}`, { method: "DELETE" });

/** What keys can allow, in the order of the documentation. */
export const SCOPES: [name: string, allows: string][] = [
  ["logs.write", "store logs"],
  ["logs.view", "read one log with its bodies"],
  ["logs.list", "list and search logs"],
  ["logs.export", "create and download exports"],
  ["logs.import", "store logs out of exports, ids and all"],
  ["feedback.write", "give feedback"],
  ["analytics.view", "read graphs, groups and settings"],
  ["keys.manage", "list, make and revoke API keys"],
  ["settings.manage", "change prices"],
];
