/** The JSON of the public API, by hand until it is generated from openapi.json. */

import type { Json, JsonObject } from "../lib/json";

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
  user: string | null;
  preview: string | null;
  response_preview: string | null;
  error_message: string | null;
  "metadata.key": string[];
  "metadata.value": string[];
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
}

/** The row's names again; what is unknown is left out. */
export type LogMetrics = Partial<
  Omit<LogRow, "user" | "preview" | "response_preview" | "error_message"> & {
    runtime: string | null;
    runtime_version: string | null;
    sdk_version: string | null;
  }
>;

export interface About {
  name: string;
  version: string;
  auth: "off" | "keys";
  /** Approximate; null for a caller without a key. */
  logs: number | null;
  session: boolean;
}

export interface StoredReply {
  count: number;
  ids: string[];
}
