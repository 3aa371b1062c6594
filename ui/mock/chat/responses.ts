/** OpenAI Responses: input and output are lists of items of many types. */

import {
  asList,
  asObject,
  asText,
  isObject,
  parseMaybe,
  type Json,
  type JsonObject,
} from "../../src/lib/json";
import { readContent } from "./content";
import { message, textPart, type Message, type Part, type Reading } from "./model";

const FORM = "Responses";

export function readResponsesRequest(body: JsonObject): Reading | null {
  const { input, instructions } = body;
  const items = Array.isArray(input) && input.some(isObject);
  if (!items && typeof input !== "string") return null;
  const system = typeof instructions === "string" ? textPart(instructions) : [];
  return {
    form: FORM,
    messages: [
      ...(system.length > 0 ? [message("request", "system", system)] : []),
      ...(typeof input === "string"
        ? [message("request", "user", textPart(input))]
        : asList(input).map((item) => readItem("request", item))),
    ],
  };
}

export function readResponsesResponse(body: JsonObject): Reading | null {
  if (!Array.isArray(body.output)) return null;
  const status = asText(body.status);
  const messages = body.output.map((item) => readItem("response", item));
  const last = messages.at(-1);
  if (last && status) last.finish = status;
  return { form: FORM, messages };
}

function readItem(side: Message["side"], value: Json): Message {
  const item = asObject(value);
  const type = asText(item.type) ?? "message";
  if (type === "message") return message(side, asText(item.role), readContent(item.content));
  if (type === "reasoning") return message(side, "assistant", readSummary(item));
  if (type.endsWith("_call_output")) {
    const result: Part = {
      kind: "result",
      id: asText(item.call_id),
      name: null,
      parts: readContent(item.output),
    };
    return message(side, "tool", [result]);
  }
  if (type.endsWith("_call")) {
    const args = parseMaybe(item.arguments ?? item.input ?? item.action);
    const name = asText(item.name) ?? type.replace(/_call$/, "");
    return message(side, "assistant", [
      { kind: "call", id: asText(item.call_id) ?? asText(item.id), name, args },
    ]);
  }
  return message(side, type, [{ kind: "other", value }]);
}

function readSummary(item: JsonObject): Part[] {
  const text = [...asList(item.summary), ...asList(item.content)]
    .map((each) => asText(asObject(each).text) ?? "")
    .filter(Boolean)
    .join("\n\n");
  return [{ kind: "thinking", text: text || "(no summary given)" }];
}
