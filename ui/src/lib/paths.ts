/** Every link of the dashboard, relative to the router's base. */

import { DEFAULT_STATE, writeListState, type ListState, type Tab } from "./url-state";

/** The path prefix of the pages, "/ui" or "/some/prefix/ui". */
export const UI_BASE = new URL(document.baseURI).pathname.replace(/\/$/, "");

export const paths = {
  home: "/",
  logs: (state: Partial<ListState> = {}) => `/logs${writeListState({ ...DEFAULT_STATE, ...state })}`,
  log: (id: string, tab: Tab = "chat") =>
    `/logs/${encodeURIComponent(id)}${tab === "chat" ? "" : `?tab=${tab}`}`,
  welcome: "/welcome",
  login: (next: string) => `/login?${new URLSearchParams({ next }).toString()}`,
};

/** The id in ".../logs/{id}", from the raw pathname: the router's own decoding trips over "%". */
export function logIdOf(pathname: string): string {
  const last = pathname.replace(/\/$/, "").split("/").pop() ?? "";
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}

/** A page of ours to return to after login; anything else would be an open redirect. */
export function safeNext(next: string | null): string {
  return next && /^\/(?![/\\])/.test(next) && !next.startsWith("/login") ? next : paths.home;
}
