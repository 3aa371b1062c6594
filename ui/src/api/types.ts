/** The JSON of the public API, by hand until it is generated from openapi.json. */

import type { Conversation } from "../lib/chat";
import type { Json, JsonObject } from "../lib/json";

export type { Conversation, ConversationMessage, ConversationPart } from "../lib/chat";
export type { QueryField } from "../lib/query/fields";

/** One line of `GET /v1/questions`. */
export interface RunningQuestion {
  path: string;
  elapsed_ms: number;
  /** Of the statement that runs; null while none does. */
  rows_read: number | null;
  rows_to_read: number | null;
}

/** One line of `GET /v1/logs`. */
export interface LogRow {
  id: string;
  created_at: string;
  ai_org: string | null;
  ai_model: string | null;
  response_status_code: number | null;
  is_success: boolean;
  req_units: number | null;
  res_units: number | null;
  total_units: number | null;
  /** Cents; null while no price is known. */
  cost: number | null;
  cost_usd: number | null;
  /** Milliseconds. */
  response_time: number | null;
  trace_id: string | null;
  span_id: string | null;
  parent_span_id: string | null;
  span_name: string | null;
  request_url: string | null;
  request_method: string | null;
  stream_mode: number | null;
  cache_status: string | null;
  retry_success_count?: number | null;
  first_token_ms?: number | null;
  kind?: string | null;
  outcome?: string | null;
  /** false: another sight of a call, or no call; it is in no total. */
  counts?: boolean;
  session?: string | null;
  config?: string | null;
  prompt_slug?: string | null;
  workspace_slug?: string | null;
  api_key_id?: string | null;
  virtual_key?: string | null;
  finish_reason?: string | null;
  /** On its trace. */
  feedback?: { total: number; avg_weighted_feedback: number | null } | null;
  cost_source?: string | null;
  user: string | null;
  preview: string | null;
  response_preview: string | null;
  error_message: string | null;
  "metadata.key": string[];
  "metadata.value": string[];
  /** Where the texts of `q` were found; only when it has some. */
  highlights?: Highlight[];
}

export interface LogPage {
  object: "list";
  total: number | null;
  data: LogRow[];
  next_cursor: string | null;
  has_more: boolean;
}

export interface LogWarning {
  path: string;
  code: string;
  value?: Json;
}

/** `GET /v1/logs/{id}`. `body` is absent when the log was sent with do-not-track. */
export interface LogObject {
  _id: string;
  created_at: string;
  organisation_id: string | null;
  request: { url: string | null; method: string | null; headers?: JsonObject; body?: Json };
  response: { status: number | null; responseTime: number | null; headers?: JsonObject; body?: Json };
  metrics: LogMetrics;
  metadata: JsonObject;
  warnings: LogWarning[];
  source_shape: string | null;
  user: string | null;
  error_message: string | null;
  conversation?: Conversation;
  /** On its trace, the oldest first. */
  feedback?: Feedback[];
  /** null where none is known; `metrics` has one for every outcome. */
  http_status?: number | null;
  /** false: sent with do-not-track. */
  tracked?: boolean;
  kind?: string | null;
  outcome?: string | null;
  counts?: boolean;
  duplicate_of?: string | null;
  session?: string | null;
  tags?: string[];
  tools?: string[];
  source?: string | null;
  model_requested?: string | null;
  model_returned?: string | null;
  finish_reason?: string | null;
  response_id?: string | null;
  error_type?: string | null;
  cost_source?: string | null;
  first_token_ms?: number | null;
  input_tokens?: number | null;
  output_tokens?: number | null;
  total_tokens?: number | null;
  cache_read_tokens?: number | null;
  cache_write_tokens?: number | null;
  reasoning_tokens?: number | null;
  received_at?: string;
  /** As it was sent, where fields alone do not have all of it. */
  raw?: Json;
  note?: string;
}

/** `GET /v1/logs/{id}/explain`. */
export interface Explanation {
  object: "explanation";
  /** What is shown is what rules and prices of now give. */
  matches: boolean;
  note: string | null;
  values: ExplainedValue[];
  cost: ExplainedCost;
}

export interface ExplainedValue {
  name: string;
  /** As derived now, and as stored. */
  value: Json;
  shown: Json;
  matches: boolean;
  rule: string;
  places: string[];
}

export interface ExplainedCost {
  usd: number | null;
  input_usd: number | null;
  output_usd: number | null;
  source: string | null;
  shown_usd: number | null;
  shown_source: string | null;
  matches: boolean;
  /** Whole sentences. */
  reason: string;
  price: {
    provider: string;
    model: string;
    source: string;
    version: string;
    since: string | null;
    until: string | null;
    tier: string | null;
    above_input_tokens: number;
    discount_percent: number;
  } | null;
  /** Lines of the sum; `tokens` are what `what` says. */
  parts: { what: string; tokens: number | null; usd_per_million: number | null; usd: number }[];
}

/** The row's names again; what is unknown is left out. */
export type LogMetrics = Partial<
  Omit<LogRow, "user" | "preview" | "response_preview" | "error_message"> & {
    runtime: string | null;
    runtime_version: string | null;
    sdk_version: string | null;
    mode: string | null;
    last_used_option_index: number | string | null;
  }
>;

export interface About {
  name: string;
  version: string;
  auth: "off" | "keys";
  /** Approximate; null for a caller without a key. */
  logs: number | null;
  session: boolean;
  /** What the caller may do. */
  scopes?: string[];
}

export interface StoredReply {
  count: number;
  ids: string[];
}

/** Where a text was found: a snippet of it and the places in it, in code points. */
export interface Highlight {
  part: "request" | "response" | "error";
  text: string;
  marks: [start: number, end: number][];
}

/** One fault of a query, from the 400's `data.errors`; places are code points of `q`. */
export interface QueryFault {
  path: string;
  message: string;
  start: number;
  end: number;
  suggestion: string | null;
}

/** `GET /v1/logs/stats`: totals and a histogram. Buckets are aligned to local time, empty ones are there. */
export interface LogStats {
  object: "log-stats";
  from: number;
  to: number;
  bucket_ms: number;
  totals: StatTotals;
  buckets: { at: number; ok: number; error: number }[];
}

export interface StatTotals {
  logs: number;
  requests: number;
  errors: number;
  cost_usd: number | null;
  /** Cents. */
  cost: number | null;
  input_tokens: number | null;
  output_tokens: number | null;
  total_tokens: number | null;
  unpriced_requests: number;
  latency_ms: { avg: number | null; p50: number | null; p90: number | null; p99: number | null };
}

/** `GET /v1/logs/facets`. */
export interface LogFacets {
  object: "log-facets";
  facets: Facet[];
}

export interface Facet {
  /** A field of the query language; "metadata.{key}" for a key. */
  field: string;
  values: FacetValue[];
  has_more: boolean;
}

export interface FacetValue {
  value: string;
  count: number;
}

export interface Page<Row> {
  object: "list";
  total?: number | null;
  data: Row[];
  next_cursor?: string | null;
  has_more?: boolean;
}

/** One line of `GET /v1/traces`. */
export interface TraceRow {
  trace_id: string;
  /** Of the root span. */
  name: string | null;
  started_at: string;
  duration_ms: number | null;
  spans: number;
  calls: number;
  errors: number;
  cost_usd: number | null;
  total_tokens: number | null;
  models: string[];
  user: string | null;
  session: string | null;
  root_kind: string | null;
}

/** `GET /v1/traces/{traceId}`: spans depth-first, siblings by start; no bodies. */
export interface Trace {
  object: "trace";
  trace_id: string;
  started_at: string;
  ended_at: string;
  duration_ms: number;
  totals: {
    spans: number;
    calls: number;
    errors: number;
    cost_usd: number | null;
    cost: number | null;
    input_tokens: number | null;
    output_tokens: number | null;
    total_tokens: number | null;
  };
  notes: { code: string; message: string; span_ids: string[] }[];
  spans: Span[];
  next_cursor: string | null;
}

export interface Span {
  /** The log's. */
  id: string;
  span_id: string;
  /** As it hangs in the tree; `sent_parent_span_id` is what was sent. */
  parent_span_id: string | null;
  sent_parent_span_id: string | null;
  depth: number;
  name: string | null;
  kind: string | null;
  provider: string | null;
  model: string | null;
  status: number | null;
  outcome: string | null;
  /** From the start of the trace. */
  start_ms: number;
  duration_ms: number | null;
  self_ms: number | null;
  cost_usd: number | null;
  input_tokens: number | null;
  output_tokens: number | null;
  total_tokens: number | null;
  tools: string[] | null;
  preview: string | null;
  response_preview: string | null;
  error_message: string | null;
  on_critical_path: boolean;
  orphan: boolean;
  cycle_cut: boolean;
  counts: boolean;
  duplicate_of: string | null;
}

/** One line of `GET /v1/sessions` or `GET /v1/users`. */
export interface GroupOfTraces {
  session?: string;
  user?: string;
  traces: number;
  requests: number;
  errors: number;
  cost_usd: number | null;
  total_tokens: number | null;
  first_seen: string;
  last_seen: string;
  models: string[];
}

/** One line of `GET /v1/analytics/errors`. */
export interface ErrorGroup {
  fingerprint: string;
  provider: string | null;
  status: number | null;
  error_type: string | null;
  /** With quoted strings, numbers and ids blanked. */
  message: string;
  count: number;
  share: number;
  first_seen: string;
  last_seen: string;
  users: number;
  models: string[];
  example_id: string;
  sparkline: number[];
  is_new: boolean;
}

/** What graphs add to the contract's reply. */
export interface GraphExtras<Summary, Point> {
  bucket_ms?: number;
  from?: number | string;
  to?: number | string;
  series?: { key: string; other?: boolean; summary: Summary; data_points: Point[] }[];
  previous?: { summary: Summary; data_points: Point[]; from: number | string; to: number | string };
}

/** One line of `GET /v1/feedback`. */
export interface Feedback {
  id: string;
  trace_id: string;
  /** The one log that is meant, if one is. */
  log_id?: string | null;
  span_id?: string | null;
  /** -10..10. */
  value: number;
  weight: number;
  metadata: JsonObject;
  created_at: string;
  updated_at: string;
  user?: string | null;
}

/** `GET /v1/views/{id}`. */
export interface View {
  object: "view";
  id: string;
  name: string;
  q: string;
  from: string | null;
  to: string | null;
  columns: string[] | null;
  page: string;
  pinned: boolean;
  created_at: string;
  updated_at: string;
}

/** One line of `GET /v1/api-keys`; `key` only in the reply to its making. */
export interface ApiKey {
  id: string;
  name: string;
  hint: string;
  scopes: string[];
  workspace: string | null;
  created_at: string;
  revoked_at: string | null;
  last_used_at: string | null;
  calls_24h: number | null;
  key?: string;
}

/** One line of `GET /v1/settings`. */
export interface Setting {
  name: string;
  value: Json;
  default: Json;
  /** File, environment, flag, default. */
  origin: string;
  unit: string;
  help: string;
  changed: boolean;
}
