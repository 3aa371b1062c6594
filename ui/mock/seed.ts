/** Makes a few hundred logs that look like a day and a month of a small company. */

import type { JsonObject } from "../src/lib/json";
import { Random } from "./random";
import { TALKS } from "./talks";

/** A log as `POST /v1/logs` takes it, with the time and id a store gives. */
export interface SeedLog {
  _id: string;
  created_at: string;
  request: JsonObject;
  response: JsonObject;
  metadata: JsonObject;
}

const USERS = ["alice", "svc-support", "bob", "carol@northwind.example", "dmitri", "ines", "nightly-batch"];
const ENVIRONMENTS = ["production", "staging", "development"];

const FAILURES = [
  {
    status: 429,
    type: "rate_limit_exceeded",
    message: "Rate limit reached for requests per minute. Try again in 2 s.",
  },
  {
    status: 400,
    type: "context_length_exceeded",
    message: "This model's maximum context length is 128000 tokens.",
  },
  { status: 500, type: "server_error", message: "The server had an error while processing your request." },
  { status: 503, type: "overloaded", message: "The engine is currently overloaded." },
];

const HOUR_MS = 3_600_000;

/** `count` logs, newest first, most of them within the last day before `now`. */
export function seedLogs(count: number, now: number, seed = 7): SeedLog[] {
  const random = new Random(seed);
  const logs = Array.from({ length: count }, () =>
    makeLog(random, now - random.next() ** 2.2 * 30 * 24 * HOUR_MS),
  );
  return logs.sort((a, b) => (a.created_at < b.created_at ? 1 : -1));
}

function makeLog(random: Random, at: number): SeedLog {
  const talk = random.pick(TALKS);
  const model = random.pick(talk.models);
  const failure = random.next() < 0.09 ? random.pick(FAILURES) : null;
  const [input, output] = talk.tokens;
  const scale = random.between(0.6, 1.8);
  const usage = { input: Math.round(input * scale), output: Math.round(output * random.between(0.7, 1.5)) };
  return {
    _id: random.uuid(),
    created_at: new Date(at).toISOString(),
    request: {
      url: talk.url,
      provider: talk.provider,
      method: "POST",
      headers: { "content-type": "application/json", "user-agent": "northwind/4.2 python-httpx/0.28.1" },
      body: talk.request(model) as JsonObject,
    },
    response: {
      status: failure?.status ?? 200,
      headers: { "content-type": "application/json", "x-request-id": `req_${random.hex(12)}` },
      response_time: Math.round(failure ? random.between(90, 5000) : random.between(...talk.latency)),
      body: failure
        ? { error: { message: failure.message, type: failure.type } }
        : {
            ...talk.response(model),
            usage: {
              prompt_tokens: usage.input,
              completion_tokens: usage.output,
              total_tokens: usage.input + usage.output,
            },
          },
    },
    metadata: {
      _user: random.pick(USERS),
      environment: random.pick(ENVIRONMENTS),
      feature: talk.span,
      trace_id: random.hex(32),
      span_name: talk.span,
    },
  };
}
