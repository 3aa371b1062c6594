/** The mock's memory: takes logs in, answers the list's questions. As simple as may be, not fast. */

import type { LogObject, LogRow, LogWarning } from "../src/api/types";
import { conversationOf } from "./chat/conversation";
import { readChat } from "./chat/read";
import { asObject, asText, type Json, type JsonObject } from "../src/lib/json";
import type { SeedLog } from "./seed";

export interface StoredLog {
  row: LogRow;
  log: LogObject;
  /** Lower-case text the full-text search looks at. */
  text: string;
}

export class MockStore {
  /** Newest first. */
  readonly logs: StoredLog[] = [];

  private readonly watchers = new Set<(stored: StoredLog) => void>();

  /** Tells of every log that comes in; the answer ends it. */
  watch(watcher: (stored: StoredLog) => void): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }

  add(sent: JsonObject, now: number): StoredLog {
    const stored = shelve(sent, now);
    for (const watcher of this.watchers) watcher(stored);
    this.logs.push(stored);
    this.logs.sort((a, b) => (a.row.created_at < b.row.created_at ? 1 : -1));
    return stored;
  }

  fill(seeds: SeedLog[]) {
    for (const { _id, created_at, ...sent } of seeds) {
      const stored = shelve(sent, Date.parse(created_at));
      this.logs.push({
        ...stored,
        row: { ...stored.row, id: _id, created_at },
        log: { ...stored.log, _id, created_at },
      });
    }
  }

  find(id: string): LogObject | undefined {
    return this.logs.find((each) => each.row.id === id)?.log;
  }
}

function shelve(sent: JsonObject, now: number): StoredLog {
  const request = asObject(sent.request);
  const response = asObject(sent.response);
  const metadata = asObject(sent.metadata);
  const untracked = metadata._debug === false;
  const status = typeof response.status === "number" ? response.status : 200;
  const usage = asObject(asObject(response.body).usage);
  const id = crypto.randomUUID();
  const created_at = new Date(now).toISOString();
  const indexed = Object.entries(metadata).filter(([key]) => !/^(trace|span|parent_span)_/.test(key));
  const chat = readChat(request.body, response.body);
  const metrics = {
    id,
    created_at,
    ai_org: asText(request.provider) ?? asText(metadata.provider) ?? "unknown",
    ai_model:
      asText(asObject(response.body).model) ??
      asText(asObject(request.body).model) ??
      asText(metadata.model) ??
      // Gemini names it in the URL.
      /models\/([^:/]+)/.exec(asText(request.url) ?? "")?.[1] ??
      null,
    response_status_code: status,
    is_success: status >= 200 && status < 300,
    req_units: count(usage.prompt_tokens),
    res_units: count(usage.completion_tokens),
    total_units: count(usage.total_tokens),
    cost: price(usage),
    cost_usd: price(usage) === null ? null : (price(usage) ?? 0) / 100,
    response_time: count(response.response_time),
    trace_id: asText(metadata.trace_id) ?? id,
    span_id: asText(metadata.span_id) ?? id.slice(0, 16),
    parent_span_id: asText(metadata.parent_span_id),
    span_name: asText(metadata.span_name),
    request_url: asText(request.url),
    request_method: asText(request.method) ?? "POST",
    stream_mode: null,
    cache_status: null,
    "metadata.key": indexed.map(([key]) => key),
    "metadata.value": indexed.map(([, value]) => flat(value).slice(0, 128)),
    sdk_version: null,
    runtime: null,
    runtime_version: null,
  };
  const user = asText(metadata._user) ?? asText(metadata.user_id) ?? asText(asObject(request.body).user);
  const error_message = status >= 400 ? asText(asObject(asObject(response.body).error).message) : null;
  const lastUser = chat?.messages.findLast((message) => message.role === "user");
  const answer = chat?.messages.findLast((message) => message.side === "response");
  return {
    row: { ...metrics, user, error_message, preview: line(lastUser), response_preview: line(answer) },
    log: {
      _id: id,
      created_at,
      organisation_id: asText(metadata.organisation_id),
      request: {
        url: metrics.request_url,
        method: metrics.request_method,
        headers: untracked ? {} : asObject(request.headers),
        ...(untracked || request.body === undefined ? {} : { body: request.body }),
      },
      response: {
        status,
        responseTime: metrics.response_time,
        headers: untracked ? {} : asObject(response.headers),
        ...(untracked || response.body === undefined ? {} : { body: response.body }),
      },
      metrics: known(metrics),
      metadata,
      warnings: warningsOf(sent),
      source_shape: "plain",
      user,
      error_message,
      conversation: conversationOf(untracked ? null : chat),
      feedback: [],
      tracked: !untracked,
    },
    text: untracked ? "" : (flat(request.body ?? null) + flat(response.body ?? null)).toLowerCase(),
  };
}

/** As the server has it: what is unknown is left out. */
function known<Fields extends object>(fields: Fields): Partial<Fields> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null)) as Partial<Fields>;
}

function warningsOf(sent: JsonObject): LogWarning[] {
  const request = asObject(sent.request);
  const response = asObject(sent.response);
  const warnings: LogWarning[] = [];
  if (request.provider === undefined)
    warnings.push({ path: "request.provider", code: "inferred", value: "unknown" });
  if (request.headers === undefined) warnings.push({ path: "request.headers", code: "defaulted" });
  if (response.response_time === undefined)
    warnings.push({ path: "response.response_time", code: "missing" });
  return warnings;
}

function line(message: { parts: { kind: string; text?: string }[] } | undefined): string | null {
  const text = message?.parts.find((part) => part.kind === "text")?.text;
  return text?.replace(/\s+/g, " ").slice(0, 200) ?? null;
}

/** Cents, as if a million tokens cost $3 in and $12 out. */
function price(usage: JsonObject): number | null {
  const [input, output] = [count(usage.prompt_tokens), count(usage.completion_tokens)];
  return input === null ? null : (input * 3 + (output ?? 0) * 12) / 10_000;
}

function count(value: Json | undefined): number | null {
  return typeof value === "number" ? value : null;
}

function flat(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
