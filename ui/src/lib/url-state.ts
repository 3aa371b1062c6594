/** The list's state and its URL: the one codec, so that every state is a link. */

import { filterProblem, FILTER_FIELDS, type Filter } from "./filters";
import { DEFAULT_FROM, rangeProblem } from "./time";

export const SORT_FIELDS = ["time", "cost", "latency", "tokens"] as const;
export type SortField = (typeof SORT_FIELDS)[number];
export interface Sort {
  field: SortField;
  direction: "asc" | "desc";
}

export const TABS = ["chat", "request", "response", "metadata"] as const;
export type Tab = (typeof TABS)[number];

export interface ListState {
  q: string;
  from: string;
  to: string | null;
  sort: Sort;
  filters: Filter[];
  /** The log open in the panel. */
  log: string | null;
  tab: Tab;
}

/** A part of a URL that cannot be used; `at` names the control that shows it. */
export interface Problem {
  at: "time" | "sort" | "tab" | Filter;
  message: string;
}

export const DEFAULT_STATE: ListState = {
  q: "",
  from: DEFAULT_FROM,
  to: null,
  sort: { field: "time", direction: "desc" },
  filters: [],
  log: null,
  tab: "chat",
};

const METADATA = "metadata.";

export function readListState(search: string): { state: ListState; problems: Problem[] } {
  const params = new URLSearchParams(search);
  const problems: Problem[] = [];
  const sort = readSort(params.get("sort"));
  if (!sort) problems.push({ at: "sort", message: `Cannot sort by “${params.get("sort") ?? ""}”.` });
  const tab = readTab(params.get("tab"));
  if (!tab) problems.push({ at: "tab", message: `There is no tab “${params.get("tab") ?? ""}”.` });
  const state: ListState = {
    q: params.get("q") ?? "",
    from: params.get("from") ?? DEFAULT_FROM,
    to: params.get("to"),
    sort: sort ?? DEFAULT_STATE.sort,
    filters: readFilters(params),
    log: params.get("log"),
    tab: tab ?? "chat",
  };
  const range = rangeProblem(state.from, state.to);
  if (range) problems.push({ at: "time", message: range });
  for (const filter of state.filters) {
    const message = filterProblem(filter);
    if (message) problems.push({ at: filter, message });
  }
  return { state, problems };
}

/** "?q=…" or "" for the default state: what is not said is the default. */
export function writeListState(state: ListState): string {
  const params = new URLSearchParams();
  if (state.q) params.set("q", state.q);
  for (const field of FILTER_FIELDS) {
    if (field === "metadata") continue;
    const values = state.filters.filter((each) => each.field === field).map((each) => each.value);
    if (values.length > 0) params.set(field, values.join(","));
  }
  for (const { field, key, value } of state.filters) {
    if (field === "metadata") params.set(METADATA + (key ?? ""), value);
  }
  if (state.from !== DEFAULT_FROM) params.set("from", state.from);
  if (state.to !== null) params.set("to", state.to);
  if (state.sort.field !== "time" || state.sort.direction !== "desc") {
    params.set("sort", (state.sort.direction === "asc" ? "+" : "") + state.sort.field);
  }
  if (state.log !== null) {
    params.set("log", state.log);
    if (state.tab !== "chat") params.set("tab", state.tab);
  }
  const text = params.toString();
  return text && `?${text}`;
}

function readSort(text: string | null): Sort | null {
  if (text === null) return DEFAULT_STATE.sort;
  // A "+" typed by hand into a URL arrives as a space.
  const ascending = /^[+ ]/.test(text);
  const field = SORT_FIELDS.find((each) => each === text.slice(ascending ? 1 : 0));
  return field ? { field, direction: ascending ? "asc" : "desc" } : null;
}

export function readTab(text: string | null): Tab | null {
  return text === null ? "chat" : (TABS.find((each) => each === text) ?? null);
}

function readFilters(params: URLSearchParams): Filter[] {
  const filters: Filter[] = [];
  for (const field of FILTER_FIELDS) {
    if (field === "metadata") continue;
    for (const value of params.get(field)?.split(",") ?? []) filters.push({ field, value });
  }
  for (const [name, value] of params) {
    if (name.startsWith(METADATA)) {
      filters.push({ field: "metadata", key: name.slice(METADATA.length), value });
    }
  }
  return filters;
}
