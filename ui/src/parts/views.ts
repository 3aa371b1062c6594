/** What a saved view keeps of a page's state, and the way back to it. */

import type { View } from "../api/types";
import { paths } from "../lib/paths";
import { DEFAULT_FROM } from "../lib/time";
import type { LogsState } from "../lib/url-state";

/** What is saved of the list: the header's order becomes a word of the query. */
export function viewOf(state: LogsState) {
  const { q, from, to, cols, sort } = state;
  const byDefault = sort.field === "time" && sort.direction === "desc";
  const order =
    byDefault || /(^|\s)sort:/.test(q) ? "" : `sort:${sort.direction === "asc" ? "+" : ""}${sort.field}`;
  return { q: [q, order].filter(Boolean).join(" "), from, to, columns: cols, page: "logs" };
}

/** Whether nothing was changed since it was opened. */
export function isSameView(view: View, now: Pick<View, "q" | "from" | "to" | "columns">): boolean {
  return (
    view.q === now.q &&
    (view.from || DEFAULT_FROM) === now.from &&
    (view.to || null) === now.to &&
    (view.columns ?? []).join("\n") === (now.columns ?? []).join("\n")
  );
}

/** The page of a view as it was saved. */
export function viewPath(view: View): string {
  const question = { q: view.q, from: view.from || DEFAULT_FROM, to: view.to || null };
  switch (view.page) {
    case "traces":
      return paths.traces(question);
    case "analytics":
      return paths.analytics("overview", question);
    case "groups":
      return paths.groups("model", question);
    default:
      return paths.logs({ ...question, cols: view.columns, view: view.id });
  }
}

const KEY = "portlog.default-view";

/** The view that this person begins with. */
export function defaultViewId(): string | null {
  return localStorage.getItem(KEY);
}

export function setDefaultViewId(id: string | null) {
  if (id === null) localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, id);
}
