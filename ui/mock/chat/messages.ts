/** Chat completions (OpenAI and all who copied it) and Anthropic messages: one list of messages. */

import { asList, asObject, asText, isObject, type Json, type JsonObject } from "../../src/lib/json";
import { readContent, readToolCalls } from "./content";
import { message, type Message, type Part, type Reading } from "./model";

export function readMessagesRequest(body: JsonObject): Reading | null {
  if (!Array.isArray(body.messages)) return null;
  const system = readContent(body.system);
  return {
    form: system.length > 0 ? "Anthropic messages" : "Chat completions",
    messages: [
      ...(system.length > 0 ? [message("request", "system", system)] : []),
      ...body.messages.flatMap((each) => readMessage("request", each)),
    ],
  };
}

export function readChoices(body: JsonObject): Reading | null {
  const choices = asList(body.choices).map(asObject);
  if (!choices.some((choice) => isObject(choice.message))) return null;
  return {
    form: "Chat completions",
    messages: choices.flatMap((choice, index) =>
      readMessage("response", choice.message ?? null, {
        finish: asText(choice.finish_reason),
        name: choices.length > 1 ? `choice ${index + 1}` : null,
      }),
    ),
  };
}

export function readAnthropicResponse(body: JsonObject): Reading | null {
  if (body.type !== "message" || !Array.isArray(body.content)) return null;
  return {
    form: "Anthropic messages",
    messages: [
      message("response", asText(body.role) ?? "assistant", readContent(body.content), {
        finish: asText(body.stop_reason),
      }),
    ],
  };
}

function readMessage(
  side: Message["side"],
  value: Json,
  more: { finish?: string | null; name?: string | null } = {},
): Message[] {
  if (!isObject(value)) return [];
  const role = asText(value.role);
  const content = readContent(value.content);
  const parts: Part[] =
    role === "tool" || role === "function"
      ? [{ kind: "result", id: asText(value.tool_call_id), name: asText(value.name), parts: content }]
      : [...readReasoning(value), ...content, ...readRefusal(value), ...readToolCalls(value)];
  const name = more.name ?? (role === "function" ? null : asText(value.name));
  // Anthropic answers a tool call in the user's name; the reader should see a tool.
  const onlyResults = parts.length > 0 && parts.every((part) => part.kind === "result");
  return [message(side, onlyResults ? "tool" : role, parts, { ...more, name })];
}

function readReasoning(value: JsonObject): Part[] {
  const text = asText(value.reasoning_content) ?? asText(value.reasoning);
  return text ? [{ kind: "thinking", text }] : [];
}

function readRefusal(value: JsonObject): Part[] {
  return typeof value.refusal === "string" && value.refusal ? [{ kind: "refusal", text: value.refusal }] : [];
}
