/** Logs come in, are listed, and one is shown. */

import type { JsonObject } from "../src/lib/json";
import { Refused, type MockRoute } from "./routes";
import { searchLogs } from "./search";

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
