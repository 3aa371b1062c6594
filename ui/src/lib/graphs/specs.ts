/** GRAPHS of the dashboard: which figures of the API's graphs are drawn, and where. */

import type { AnalyticsTab } from "../url-state";

export type Unit = "count" | "cents" | "ms" | "percent" | "rating";

interface LineSpec {
  /** Name in a data point. */
  field: string;
  label: string;
  /** An average: a bucket without requests is a gap, not zero. */
  gaps: boolean;
  /** The clause that finds what is counted here, when that is not every log. */
  finds?: string;
}

export interface GraphSpec {
  /** Below /v1/analytics/graphs. */
  path: string;
  title: string;
  unit: Unit;
  lines: LineSpec[];
  /** What is drawn of each value when the page is split by a dimension; null: never split. */
  split: LineSpec | null;
  /** A line for each status instead. */
  stacks?: boolean;
  /** What the title's figure is, in the summary. */
  headline: string;
  /** The clause that finds what the graph is about, when that is not every log. */
  finds?: string;
}

const total = (label: string): LineSpec => ({ field: "total", label, gaps: false });
const mean = (field: string, label: string): LineSpec => ({ field, label, gaps: true });

const HITS = "cache:hit,semantic";

const REQUESTS: GraphSpec = {
  path: "requests",
  title: "Requests",
  unit: "count",
  lines: [total("requests")],
  split: total("requests"),
  headline: "total",
};
const COST: GraphSpec = {
  path: "cost",
  title: "Cost",
  unit: "cents",
  lines: [total("cost")],
  split: total("cost"),
  headline: "total",
};
const TOKENS: GraphSpec = {
  path: "tokens",
  title: "Tokens",
  unit: "count",
  lines: [
    { field: "input", label: "in", gaps: false },
    { field: "output", label: "out", gaps: false },
  ],
  split: total("tokens"),
  headline: "total",
};
const LATENCY: GraphSpec = {
  path: "latency",
  title: "Latency",
  unit: "ms",
  lines: [mean("p50", "p50"), mean("p90", "p90"), mean("p99", "p99")],
  split: mean("p90", "p90"),
  headline: "p90",
};
const ERRORS: GraphSpec = {
  path: "errors/stacks",
  title: "Errors by status",
  unit: "count",
  lines: [],
  split: null,
  stacks: true,
  headline: "total",
  finds: "is:error",
};
const ERROR_RATE: GraphSpec = {
  path: "errors/rate",
  title: "Error rate",
  unit: "percent",
  lines: [mean("rate", "rate")],
  split: mean("rate", "rate"),
  headline: "rate",
  finds: "is:error",
};
const CACHE_RATE: GraphSpec = {
  path: "cache/hit-rate",
  title: "Cache hit rate",
  unit: "percent",
  lines: [mean("rate", "rate")],
  split: mean("rate", "rate"),
  headline: "rate",
  finds: HITS,
};

export const GRAPHS: Record<AnalyticsTab, readonly GraphSpec[]> = {
  overview: [REQUESTS, COST, TOKENS, LATENCY, ERRORS, CACHE_RATE],
  users: [
    { ...REQUESTS, path: "users", title: "Users over time", lines: [total("users")], split: total("users") },
    {
      path: "users/requests",
      title: "Requests for each user",
      unit: "count",
      lines: [mean("avg", "requests")],
      split: mean("avg", "requests"),
      headline: "avg",
    },
    REQUESTS,
  ],
  errors: [
    {
      ...REQUESTS,
      path: "errors",
      title: "Errors",
      lines: [total("errors")],
      split: total("errors"),
      finds: "is:error",
    },
    ERROR_RATE,
    ERRORS,
    {
      path: "requests/rescued",
      title: "Rescued by the gateway",
      unit: "count",
      lines: [
        { field: "retry", label: "retry", gaps: false, finds: "is:retried" },
        { field: "fallback", label: "fallback", gaps: false, finds: "is:fallback" },
      ],
      split: null,
      headline: "retry",
      finds: "is:ok",
    },
  ],
  cache: [
    CACHE_RATE,
    {
      path: "cache/hit-rate",
      title: "Hits",
      unit: "count",
      lines: [
        { field: "simple_hits", label: "simple", gaps: false, finds: "cache:hit" },
        { field: "semantic_hits", label: "semantic", gaps: false, finds: "cache:semantic" },
      ],
      split: null,
      headline: "total",
      finds: HITS,
    },
    {
      path: "cache/hit-rate",
      title: "Saved, adding up",
      unit: "cents",
      lines: [
        { field: "cumulative_simple_cache_savings", label: "simple", gaps: false, finds: "cache:hit" },
        {
          field: "cumulative_semantic_cache_savings",
          label: "semantic",
          gaps: false,
          finds: "cache:semantic",
        },
      ],
      split: null,
      headline: "",
      finds: HITS,
    },
    {
      path: "cache/latency",
      title: "Latency of hits",
      unit: "ms",
      lines: [mean("avg", "mean")],
      split: null,
      headline: "",
      finds: HITS,
    },
  ],
  feedback: [
    {
      ...REQUESTS,
      path: "feedbacks",
      title: "Feedback",
      lines: [total("feedback")],
      split: total("feedback"),
      finds: "has:feedback",
    },
    {
      path: "feedbacks/weighted",
      title: "Weighted feedback",
      unit: "rating",
      lines: [mean("avg", "mean")],
      split: mean("avg", "mean"),
      headline: "avg",
      finds: "has:feedback",
    },
  ],
};
