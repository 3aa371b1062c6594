/** Gemini: contents made of parts in, candidates out; in camelCase or snake_case. */

import { asList, asObject, asText, isObject, type Json, type JsonObject } from "../../src/lib/json";
import { dataUrl, file, image } from "./content";
import { message, textPart, type Message, type Part, type Reading } from "./model";

const FORM = "Gemini";

export function readGeminiRequest(body: JsonObject): Reading | null {
  const contents = isObject(body.contents) ? [body.contents] : body.contents;
  if (!Array.isArray(contents)) return null;
  const system = readParts(body.systemInstruction ?? body.system_instruction);
  return {
    form: FORM,
    messages: [
      ...(system.length > 0 ? [message("request", "system", system)] : []),
      ...contents.map((content) => readContentOf("request", content, "user")),
    ],
  };
}

export function readGeminiResponse(body: JsonObject): Reading | null {
  if (!Array.isArray(body.candidates)) return null;
  return {
    form: FORM,
    messages: body.candidates.map(asObject).map((candidate) => ({
      ...readContentOf("response", candidate.content ?? null, "model"),
      finish: asText(candidate.finishReason),
    })),
  };
}

function readContentOf(side: Message["side"], content: Json, sender: string): Message {
  const parts = readParts(content);
  const results = parts.length > 0 && parts.every((part) => part.kind === "result");
  return message(side, results ? "tool" : (asText(asObject(content).role) ?? sender), parts);
}

function readParts(content: Json | undefined): Part[] {
  if (typeof content === "string") return textPart(content);
  return asList(asObject(content).parts).map(asObject).flatMap(readPart);
}

function readPart(part: JsonObject): Part[] {
  const inline = asObject(part.inlineData ?? part.inline_data);
  const remote = asObject(part.fileData ?? part.file_data);
  const call = asObject(part.functionCall ?? part.function_call);
  const answer = asObject(part.functionResponse ?? part.function_response);
  if (typeof part.text === "string") {
    return part.thought === true ? [{ kind: "thinking", text: part.text }] : textPart(part.text);
  }
  if (call.name) {
    return [
      { kind: "call", id: asText(call.id), name: asText(call.name) ?? "tool", args: call.args ?? null },
    ];
  }
  if (answer.name) {
    const parts: Part[] = [{ kind: "other", value: answer.response ?? null }];
    return [{ kind: "result", id: asText(answer.id), name: asText(answer.name), parts }];
  }
  if (inline.data) return readBlob(asText(inline.mimeType) ?? asText(inline.mime_type), asText(inline.data));
  if (remote.fileUri ?? remote.file_uri) {
    return file("file", asText(remote.fileUri) ?? asText(remote.file_uri));
  }
  return [{ kind: "other", value: part }];
}

function readBlob(mime: string | null, data: string | null): Part[] {
  return mime?.startsWith("image/") ? image(dataUrl(mime, data)) : file(mime ?? "data", null);
}
