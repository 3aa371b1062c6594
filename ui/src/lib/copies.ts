/** A log as text to paste elsewhere: ways to ask the same again, its JSON, its messages. No key leaves. */

import { sourceText, type Chat, type Message, type Part } from "./chat";
import { isObject, type Json, type JsonObject } from "./json";
import { bodyWithoutKeys, KEY_NAME, plainHeaders, urlWithoutKeys, withoutKeys } from "./secrets";

/** What a copy needs to know of a log. */
export interface CopiedLog {
  request: { url: string | null; method: string | null; headers?: JsonObject; body?: Json };
  response: { status: number | null; headers?: JsonObject; body?: Json };
  metadata: JsonObject;
  provider: string | null;
}

export function asCurl(log: CopiedLog): string {
  const { url, method, body } = requestOf(log);
  const lines = [`curl ${shell(url)}`];
  if (method !== "POST") lines.push(`-X ${method.replace(/[^A-Z]/gi, "")}`);
  for (const [name, value] of headersOf(log)) lines.push(`-H ${shell(`${name}: ${value}`)}`);
  if (body !== undefined) lines.push(`-d ${quoted(json(body, 2))}`);
  return lines.join(" \\\n  ");
}

export function asPythonOpenai(log: CopiedLog): string {
  const { body } = requestOf(log);
  const { base, call } = clientCall(log);
  return `import os
from openai import OpenAI

client = OpenAI(api_key=os.environ["API_KEY"], base_url=${literal(base)})
reply = client.${call.python}(**${python(body ?? {}, "")})
print(reply)`;
}

export function asPythonPortkey(log: CopiedLog): string {
  const { body } = requestOf(log);
  const { call } = clientCall(log);
  return `import os
from portkey_ai import Portkey

portkey = Portkey(api_key=os.environ["API_KEY"], provider=${literal(log.provider ?? "openai")})
reply = portkey.${call.python}(**${python(body ?? {}, "")})
print(reply)`;
}

export function asNode(log: CopiedLog): string {
  const { body } = requestOf(log);
  const { base, call } = clientCall(log);
  return `import OpenAI from "openai";

const client = new OpenAI({ apiKey: process.env.API_KEY, baseURL: ${literal(base)} });
const reply = await client.${call.node}(${json(body ?? {}, 2)});
console.log(reply);`;
}

/** The whole log, as it could be sent again. */
export function asJson({ request, response, metadata, provider }: CopiedLog): string {
  const side = <Side extends { headers?: JsonObject; body?: Json }>(of: Side) => ({
    ...of,
    ...(of.headers && { headers: plainHeaders(of.headers) }),
    ...(of.body !== undefined && { body: bodyWithoutKeys(of.body) }),
  });
  const url = request.url === null ? null : urlWithoutKeys(request.url);
  return json(
    {
      request: { ...side(request), url, ...(provider ? { provider } : {}) },
      response: side(response),
      metadata: bodyWithoutKeys(metadata),
    },
    2,
  );
}

export function asMarkdown(chat: Chat): string {
  const messages = [...chat.input, ...chat.choices.flat()];
  return withoutKeys(messages.map(markdownOf).join("\n\n"));
}

// -- the request --------------------------------------------------------------------------------------------

function requestOf({ request }: CopiedLog) {
  return {
    url: oneLine(urlWithoutKeys(request.url ?? "https://api.openai.com/v1/chat/completions")),
    method: (request.method ?? "POST").toUpperCase(),
    body: request.body === undefined || request.body === null ? undefined : bodyWithoutKeys(request.body),
  };
}

/** Made by the client anew, or of no use to another. */
const OWN =
  /^(host|content-length|connection|accept-encoding|transfer-encoding|user-agent|x-stainless-.*|traceparent|tracestate|x-forwarded-.*)$/i;

function headersOf(log: CopiedLog): [string, string][] {
  const kept = Object.entries(plainHeaders(log.request.headers ?? {}))
    .filter(([name]) => !OWN.test(name) && /^[\w-]+$/.test(name))
    .flatMap(([name, value]): [string, string][] =>
      typeof value === "string" ? [[name, oneLine(value)]] : [],
    );
  const typed = kept.some(([name]) => name.toLowerCase() === "content-type");
  return [
    ...(typed ? [] : [["content-type", "application/json"] as [string, string]]),
    keyHeader(log),
    ...kept,
  ];
}

/** Where each provider wants its key. */
function keyHeader({ provider, request }: CopiedLog): [string, string] {
  const host = hostOf(request.url);
  if (/anthropic/.test(`${host} ${provider ?? ""}`)) return ["x-api-key", KEY_NAME];
  if (/azure/.test(`${host} ${provider ?? ""}`)) return ["api-key", KEY_NAME];
  if (/generativelanguage/.test(host)) return ["x-goog-api-key", KEY_NAME];
  if (/portkey/.test(host)) return ["x-portkey-api-key", KEY_NAME];
  return ["Authorization", `Bearer ${KEY_NAME}`];
}

function hostOf(url: string | null): string {
  return /^\w+:\/\/([^/?#]*)/.exec(url ?? "")?.[1] ?? "";
}

type ClientCall = [path: string, python: string, node: string];
const CHAT: ClientCall = ["/chat/completions", "chat.completions.create", "chat.completions.create"];
const CALLS: ClientCall[] = [
  CHAT,
  ["/completions", "completions.create", "completions.create"],
  ["/responses", "responses.create", "responses.create"],
  ["/embeddings", "embeddings.create", "embeddings.create"],
  ["/moderations", "moderations.create", "moderations.create"],
  ["/images/generations", "images.generate", "images.generate"],
  ["/audio/speech", "audio.speech.create", "audio.speech.create"],
  ["/batches", "batches.create", "batches.create"],
];

/** The client's base URL and method that make a request to this URL. */
function clientCall(log: CopiedLog) {
  const path = (requestOf(log).url.split(/[?#]/)[0] ?? "").replace(/\/$/, "");
  const found = CALLS.find(([end]) => path.endsWith(end)) ?? CHAT;
  const base = path.endsWith(found[0]) ? path.slice(0, -found[0].length) : "https://api.openai.com/v1";
  return { base, call: { python: found[1], node: found[2] } };
}

// -- literals -----------------------------------------------------------------------------------------------

// Characters that a terminal obeys or that hide: JSON can say each of them in plain letters.
const UNSEEN = /[\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

function json(value: Json, indent: number): string {
  return JSON.stringify(value, null, indent).replace(
    UNSEEN,
    (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

const literal = (text: string) => json(text, 0);

/** Nothing in it can end a shell's quotes. */
function quoted(text: string): string {
  return `'${text.replace(/'/g, `'\\''`)}'`;
}

/** Quoted, but for the key, which the shell puts in. */
function shell(text: string): string {
  return text
    .split(KEY_NAME)
    .map((each) => (each === "" ? "" : quoted(each)))
    .join(`"${KEY_NAME}"`);
}

// eslint-disable-next-line no-control-regex
const oneLine = (text: string) => text.replace(/[\u0000-\u001f]/g, "").replace(UNSEEN, "");

/** JSON as Python writes it. */
function python(value: Json, indent: string): string {
  const deeper = `${indent}    `;
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "string") return literal(value);
  if (Array.isArray(value)) {
    if (value.length === 0) return "[]";
    return `[\n${value.map((each) => `${deeper}${python(each, deeper)},\n`).join("")}${indent}]`;
  }
  if (!isObject(value)) return String(value);
  const entries = Object.entries(value);
  if (entries.length === 0) return "{}";
  return `{\n${entries.map(([name, each]) => `${deeper}${literal(name)}: ${python(each, deeper)},\n`).join("")}${indent}}`;
}

// -- messages -----------------------------------------------------------------------------------------------

function markdownOf({ label, parts }: Message): string {
  return [`## ${oneLine(label)}`, ...parts.map(partMarkdown).filter(Boolean)].join("\n\n");
}

function partMarkdown(part: Part): string {
  switch (part.kind) {
    case "text":
      return part.text;
    case "refusal":
      return `*Refused:* ${part.text}`;
    case "reasoning":
      return part.text.replace(/^/gm, "> ");
    case "media":
      return `*[${part.label}]*`;
    case "call":
      return `**${part.name}**\n\n${fenced(part.args)}`;
    case "result":
      return fenced(part.value ?? part.text);
    case "vector":
      return `*[embedding of ${part.dimensions ?? "?"} dimensions]*`;
    case "sources":
      return part.sources.map((source) => `- ${oneLine(sourceText(source))}`).join("\n");
    case "other":
      return fenced(part.value);
  }
}

/** A fence longer than any in the text. */
function fenced(value: Json): string {
  const text = typeof value === "string" ? value : JSON.stringify(bodyWithoutKeys(value), null, 2);
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map((run) => run[0].length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${typeof value === "string" ? "" : "json"}\n${text}\n${fence}`;
}
