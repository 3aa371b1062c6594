/** Every link of the dashboard, relative to the router's base. */

import {
  analyticsState,
  diffState,
  exportsState,
  groupsState,
  loginState,
  logsState,
  logState,
  tableState,
  traceState,
  tracesState,
  type AnalyticsTab,
  type SettingsTab,
  type Tab,
} from "./url-state";

/** The path prefix of the pages, "/ui" or "/some/prefix/ui". */
export const UI_BASE = new URL(document.baseURI).pathname.replace(/\/$/, "");

type Given<State> = Partial<State>;
const segment = encodeURIComponent;

/** Each takes the state of its page; a question given to a page goes along. */
export const paths = {
  home: "/",
  welcome: "/welcome",
  logs: (state: Given<typeof logsState.defaults> = {}) => `/logs${logsState.write(state)}`,
  log: (id: string, tab: Tab = "chat") => `/logs/${segment(id)}${logState.write({ tab })}`,
  traces: (state: Given<typeof tracesState.defaults> = {}) => `/traces${tracesState.write(state)}`,
  trace: (id: string, state: Given<typeof traceState.defaults> = {}) =>
    `/traces/${segment(id)}${traceState.write(state)}`,
  analytics: (tab: AnalyticsTab = "overview", state: Given<typeof analyticsState.defaults> = {}) =>
    `/analytics/${tab}${analyticsState.write(state)}`,
  /** `by` is one of GROUPS or "metadata:{key}". */
  groups: (by: string = "model", state: Given<typeof groupsState.defaults> = {}) =>
    `/groups/${segment(by)}${groupsState.write(state)}`,
  feedback: (state: Given<typeof tableState.defaults> = {}) => `/feedback${tableState.write(state)}`,
  exports: (state: Given<typeof exportsState.defaults> = {}) => `/exports${exportsState.write(state)}`,
  keys: (state: Given<typeof tableState.defaults> = {}) => `/keys${tableState.write(state)}`,
  diff: (a: string, b: string, part: string | null = null) => `/diff${diffState.write({ a, b, part })}`,
  settings: (tab: SettingsTab = "general") => `/settings/${tab}`,
  login: (next: string) => `/login${loginState.write({ next })}`,
};

/** The id in ".../logs/{id}", from the raw pathname: the router's own decoding trips over "%". */
export function lastSegment(pathname: string): string {
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
