/** What the pure parts need of a span; api/traces.ts has all of it. */
export interface TraceSpan {
  id?: string;
  depth: number;
  name?: string;
  kind?: string;
  model?: string;
  status?: number;
  outcome?: string;
  tools?: string[];
  error_message?: string;
  start_ms: number;
  duration_ms?: number;
  self_ms?: number;
  cost_usd?: number;
  total_tokens?: number;
  preview?: string;
  response_preview?: string;
  on_critical_path?: boolean;
  placeholder?: boolean;
  cycle_cut?: boolean;
  duplicate_of?: string;
}
