/** The state of every page, as its URL says it. Links are made in paths.ts. */

import {
  choice,
  codec,
  flag,
  names,
  optional,
  optionalChoice,
  text,
  whole,
  type Codec,
  type Part,
  type Problem,
} from "./codec";
import { DEFAULT_FROM, rangeProblem } from "./time";

export type { Problem } from "./codec";

/** What is asked, the same on every page that asks: it goes along from page to page. */
export interface Question {
  /** Filter text. */
  q: string;
  /** "-24h", an ISO instant, or "all". */
  from: string;
  /** An ISO instant; null is now and on. */
  to: string | null;
}

export const SORT_FIELDS = ["time", "cost", "latency", "tokens"] as const;
export type SortField = (typeof SORT_FIELDS)[number];
export interface Sort {
  field: SortField;
  direction: "asc" | "desc";
}

const NEWEST_FIRST: Sort = { field: "time", direction: "desc" };

/** "cost" is dearest first, "+cost" cheapest first. */
const sort: Part<Sort> = {
  initial: NEWEST_FIRST,
  read: (params, name) => {
    const value = params.get(name);
    if (value === null) return NEWEST_FIRST;
    // A "+" typed by hand into a URL arrives as a space.
    const ascending = /^[+ ]/.test(value);
    const field = SORT_FIELDS.find((each) => each === value.slice(ascending ? 1 : 0));
    return field && { field, direction: ascending ? "asc" : "desc" };
  },
  write: (params, name, { field, direction }) => {
    if (field !== "time" || direction !== "desc") params.set(name, (direction === "asc" ? "+" : "") + field);
  },
};

export const TABS = ["chat", "request", "response", "metadata", "trace", "feedback", "raw"] as const;
export type Tab = (typeof TABS)[number];

const QUESTION = { q: text(), from: text(DEFAULT_FROM), to: optional() };

/** What the bar of every page that asks has to show. */
function checkQuestion({ from, to }: Question): Problem[] {
  const message = rangeProblem(from, to);
  return message ? [{ at: "time", message }] : [];
}

/** Only the question: for links between pages. */
export const questionState: Codec<Question> = codec(QUESTION, checkQuestion);

export const logsState = codec(
  {
    ...QUESTION,
    /** Of the list's header; a `sort:` in `q` wins. */
    sort,
    /** Ids of columns in their order, or as by default. */
    cols: names(),
    /** Id of the saved view it began with. */
    view: optional(),
    /** The log open in the panel. */
    log: optional(),
    tab: choice(TABS, "chat"),
    /** Looked for in that log. */
    find: text(),
    live: flag(),
  },
  checkQuestion,
);
export type LogsState = typeof logsState.defaults;

/** `find` is what is searched in the log. */
export const logState = codec({ tab: choice(TABS, "chat"), find: text() });

export const tracesState = codec({ ...QUESTION, order: optional() }, checkQuestion);

export const TREE_ORDERS = ["self", "duration", "cost"] as const;
export type TreeOrder = (typeof TREE_ORDERS)[number];
export const TRACE_SHOWS = ["waterfall", "list", "thread"] as const;
/** `span` is the row's number in the tree, `order` what the waterfall is sorted by instead of the tree; `zoom` is "from..to" in ms from the start of the trace. */
export const traceState = codec({
  show: choice(TRACE_SHOWS, "waterfall"),
  order: optionalChoice(TREE_ORDERS),
  span: optional(),
  zoom: optional(),
  only: optionalChoice(["errors"]),
  find: text(),
  /** The log open in the panel, and what is looked for in it. */
  log: optional(),
  tab: choice(TABS, "chat"),
  infind: text(),
});

export const ANALYTICS_TABS = ["overview", "users", "errors", "cache", "feedback"] as const;
export type AnalyticsTab = (typeof ANALYTICS_TABS)[number];
/** `by` splits the graphs by a dimension; `order` is of the errors by kind, `top` of the table below the graphs. */
export const analyticsState = codec(
  { ...QUESTION, compare: optionalChoice(["previous"]), by: optional(), order: optional(), top: optional() },
  checkQuestion,
);

export const GROUPS = [
  "model",
  "user",
  "provider",
  "status",
  "key",
  "config",
  "prompt",
  "workspace",
] as const;
export const groupsState = codec({ ...QUESTION, order: optional() }, checkQuestion);

/** Exports begin with the question; `make` opens the form for a new one. */
export const exportsState = codec({ ...QUESTION, make: flag(), page: whole(1, 1) }, checkQuestion);

/** Feedback and keys: a table with a filter. `page` counts from 1. */
export const tableState = codec({ filter: text(), page: whole(1, 1) });

export const diffState = codec({ a: optional(), b: optional(), part: optional() });

export const SETTINGS_TABS = ["general", "retention", "prices", "privacy", "views", "about"] as const;
export type SettingsTab = (typeof SETTINGS_TABS)[number];

/** `next` is where to go after signing in. */
export const loginState = codec({ next: optional() });
