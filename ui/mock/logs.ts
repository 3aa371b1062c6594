/** Logs come in, are listed, counted, followed, and one is shown. */

import type { JsonObject } from "../src/lib/json";
import { FIELDS, finds, readQuery } from "./query";
import { Refused, type Ask, type MockRoute } from "./routes";
import { facetsOf, searchLogs, statsOf } from "./search";
import type { StoredLog } from "./store";

export const logRoutes: MockRoute[] = [
  {
    method: "POST",
    path: "logs",
    answer: ({ store, body }) => {
      const sent = Array.isArray(body) ? body : [body];
      const stored = sent.map((each) => store.add(each as JsonObject, Date.now()));
      const ids = stored.map((each) => each.row.id);
      return { status: "success", success: true, count: ids.length, ids };
    },
  },
  { method: "GET", path: "logs", answer: ({ store, params }) => searchLogs(store.logs, params) },
  { method: "GET", path: "logs/stats", answer: ({ store, params }) => statsOf(store.logs, params) },
  { method: "GET", path: "logs/facets", answer: ({ store, params }) => facetsOf(store.logs, params) },
  { method: "GET", path: "logs/stream", answer: follow },
  { method: "GET", path: "fields", answer: () => ({ object: "list", data: FIELDS }) },
  {
    method: "GET",
    path: "logs/:id",
    answer: ({ store, path }) => {
      const log = store.find(path.id ?? "");
      if (!log) throw new Refused(404, "No such log.");
      return log;
    },
  },
];

/** Server-sent events: each new log that the query finds. */
function follow({ store, params, request, response }: Ask) {
  const query = readQuery(params.get("q") ?? "");
  response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
  response.write(`event: ready\ndata: {"cursor":"${Date.now()}"}\n\n`);
  const stop = store.watch((stored: StoredLog) => {
    if (!finds(stored, query)) return;
    response.write(`event: log\nid: ${stored.row.created_at}\ndata: ${JSON.stringify(stored.row)}\n\n`);
  });
  request.on("close", stop);
  return undefined;
}
