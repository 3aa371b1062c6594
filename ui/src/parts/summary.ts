import type { LogObject, LogRow } from "../api/types";

/** What a log's header shows: known from the list's row at once, or from the log itself. */
export type LogSummary = Pick<
  LogRow,
  | "id"
  | "created_at"
  | "ai_model"
  | "ai_org"
  | "response_status_code"
  | "response_time"
  | "req_units"
  | "res_units"
  | "total_units"
  | "cost"
  | "trace_id"
  | "user"
  | "error_message"
  | "cache_status"
  | "retry_success_count"
  | "first_token_ms"
  | "span_id"
  | "span_name"
> & {
  mode?: string | null;
  option?: string | number | null;
};

export function summaryOf(log: LogObject): LogSummary {
  const { _id, created_at, metrics, user, error_message } = log;
  return {
    id: _id,
    created_at,
    user,
    error_message,
    ai_model: metrics.ai_model ?? null,
    ai_org: metrics.ai_org ?? null,
    response_status_code: metrics.response_status_code ?? null,
    response_time: metrics.response_time ?? null,
    req_units: metrics.req_units ?? null,
    res_units: metrics.res_units ?? null,
    total_units: metrics.total_units ?? null,
    cost: metrics.cost ?? null,
    trace_id: metrics.trace_id ?? null,
    cache_status: metrics.cache_status ?? null,
    retry_success_count: metrics.retry_success_count ?? null,
    first_token_ms: log.first_token_ms ?? null,
    span_id: metrics.span_id ?? null,
    span_name: metrics.span_name ?? null,
    mode: metrics.mode ?? null,
    option: metrics.last_used_option_index ?? null,
  };
}
