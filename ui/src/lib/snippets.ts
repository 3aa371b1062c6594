/** Ready-to-run ways to send a first log. */

export interface Snippet {
  id: string;
  label: string;
  code: string;
}

export const KEY_PLACEHOLDER = "YOUR_API_KEY";

/** The log all snippets and the test button send. */
export function sampleLog(now: number) {
  return {
    request: {
      url: "https://api.openai.com/v1/chat/completions",
      provider: "openai",
      headers: { "Content-Type": "application/json" },
      body: { model: "gpt-4o-mini", messages: [{ role: "user", content: "Say hello to Portlog." }] },
    },
    response: {
      status: 200,
      headers: { "Content-Type": "application/json" },
      body: {
        model: "gpt-4o-mini",
        choices: [
          {
            index: 0,
            message: { role: "assistant", content: "Hello, Portlog!" },
            finish_reason: "stop",
          },
        ],
        usage: { prompt_tokens: 12, completion_tokens: 5, total_tokens: 17 },
      },
      response_time: 420,
    },
    metadata: { _user: "welcome", trace_id: `welcome-${now}` },
  };
}

/** `base` is the API's base URL with /v1; a key line appears only where there is a key, or a place for one. */
export function snippets(base: string, key: string | null): Snippet[] {
  return [
    { id: "curl", label: "curl", code: curl(base, key) },
    { id: "requests", label: "Python requests", code: requests(base, key) },
    { id: "portkey-python", label: "portkey-ai Python", code: portkeyPython(base, key) },
    { id: "portkey-node", label: "portkey-ai Node", code: portkeyNode(base, key) },
    { id: "openai", label: "openai + header", code: openai(base, key) },
    { id: "litellm", label: "LiteLLM", code: litellm(base, key) },
    { id: "otlp", label: "OTLP", code: otlp(base, key) },
  ];
}

function curl(base: string, key: string | null): string {
  const header = key ? `  -H 'x-portkey-api-key: ${key}' \\\n` : "";
  return `curl ${base}/logs \\
  -H 'Content-Type: application/json' \\
${header}  -d '{
    "request": {
      "url": "https://api.openai.com/v1/chat/completions",
      "provider": "openai",
      "headers": {},
      "body": {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Say hello"}]}
    },
    "response": {
      "status": 200,
      "headers": {},
      "body": {"choices": [{"message": {"role": "assistant", "content": "Hello!"}}]},
      "response_time": 420
    },
    "metadata": {"_user": "alice"}
  }'`;
}

const PYTHON_LOG = `request={
        "url": "https://api.openai.com/v1/chat/completions",
        "provider": "openai",
        "headers": {},
        "body": {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Say hello"}]},
    },
    response={
        "status": 200,
        "headers": {},
        "body": {"choices": [{"message": {"role": "assistant", "content": "Hello!"}}]},
        "response_time": 420,
    },
    metadata={"_user": "alice"},`;

function requests(base: string, key: string | null): string {
  const headers = key ? `\n    headers={"x-portkey-api-key": "${key}"},` : "";
  return `import requests

log = dict(
    ${PYTHON_LOG}
)
reply = requests.post(
    "${base}/logs",${headers}
    json=log,
)
print(reply.json())`;
}

function portkeyPython(base: string, key: string | null): string {
  return `from portkey_ai import Portkey

portkey = Portkey(
    base_url="${base}",
    api_key="${key ?? "not-needed"}",
)
portkey.logs.create(
    ${PYTHON_LOG}
)`;
}

function portkeyNode(base: string, key: string | null): string {
  return `import { Portkey } from "portkey-ai";

const portkey = new Portkey({
  baseURL: "${base}",
  apiKey: "${key ?? "not-needed"}",
});
await portkey.logs.create({
  request: {
    url: "https://api.openai.com/v1/chat/completions",
    provider: "openai",
    headers: {},
    body: { model: "gpt-4o-mini", messages: [{ role: "user", content: "Say hello" }] },
  },
  response: {
    status: 200,
    headers: {},
    body: { choices: [{ message: { role: "assistant", content: "Hello!" } }] },
    response_time: 420,
  },
  metadata: { _user: "alice" },
});`;
}

function openai(base: string, key: string | null): string {
  const headers = key ? `\n    headers={"x-portkey-api-key": "${key}"},` : "";
  return `import requests
from openai import OpenAI

body = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Say hello"}]}
answer = OpenAI().chat.completions.with_raw_response.create(**body)
requests.post(
    "${base}/logs",${headers}
    json={
        "request": {
            "url": "https://api.openai.com/v1/chat/completions",
            "provider": "openai",
            "headers": {},
            "body": body,
        },
        "response": {
            "status": answer.status_code,
            "headers": {},
            "body": answer.http_response.json(),
            "response_time": answer.elapsed.total_seconds() * 1000,
        },
        "metadata": {"_user": "alice"},
    },
)
print(answer.parse().choices[0].message.content)`;
}

function litellm(base: string, key: string | null): string {
  return `# config.yaml of the LiteLLM proxy
litellm_settings:
  callbacks: ["generic_api"]
environment_variables:
  GENERIC_LOGGER_ENDPOINT: "${base}/logs"
  GENERIC_LOGGER_HEADERS: "x-portkey-api-key=${key ?? "any"}"`;
}

function otlp(base: string, key: string | null): string {
  const headers = key ? `\nexport OTEL_EXPORTER_OTLP_HEADERS=x-portkey-api-key=${key}` : "";
  return `export OTEL_EXPORTER_OTLP_ENDPOINT=${base}/otel
export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf${headers}
# then start a program that an OpenTelemetry instrumentation watches`;
}
