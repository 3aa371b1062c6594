/** The content of a message: text, or a list of typed blocks as OpenAI, Responses and Anthropic name them. */

import {
  asList,
  asObject,
  asText,
  isObject,
  parseMaybe,
  type Json,
  type JsonObject,
} from "../../src/lib/json";
import { textPart, type Part } from "./model";

export function readContent(content: Json | undefined): Part[] {
  if (content === null || content === undefined) return [];
  if (typeof content === "string") return textPart(content);
  if (Array.isArray(content)) return content.flatMap(readBlock);
  return readBlock(content);
}

type BlockReader = (block: JsonObject) => Part[];

const READERS: Record<string, BlockReader> = {
  text: readText,
  input_text: readText,
  output_text: readText,
  refusal: (block) => [{ kind: "refusal", text: asText(block.refusal) ?? "" }],
  thinking: (block) => [{ kind: "thinking", text: asText(block.thinking) ?? "" }],
  redacted_thinking: () => [{ kind: "thinking", text: "(redacted by the provider)" }],
  image_url: (block) => image(asText(asObject(block.image_url).url) ?? asText(block.image_url)),
  input_image: (block) => image(asText(block.image_url) ?? asText(block.file_id)),
  image: (block) => image(sourceUrl(asObject(block.source))),
  input_audio: (block) => file("audio", asText(asObject(block.input_audio).format)),
  audio: (block) => file("audio", asText(asObject(block.audio).format)),
  file: (block) =>
    file("file", asText(asObject(block.file).filename) ?? asText(asObject(block.file).file_id)),
  input_file: (block) => file("file", asText(block.filename) ?? asText(block.file_id)),
  document: (block) => file("document", asText(block.title) ?? asText(asObject(block.source).media_type)),
  tool_use: readCall,
  server_tool_use: readCall,
  tool_result: (block) => [
    { kind: "result", id: asText(block.tool_use_id), name: null, parts: readContent(block.content) },
  ],
};

function readBlock(block: Json): Part[] {
  if (typeof block === "string") return textPart(block);
  if (!isObject(block)) return [{ kind: "other", value: block }];
  const reader = READERS[asText(block.type) ?? ""];
  if (reader) return reader(block);
  return block.type === undefined && typeof block.text === "string"
    ? textPart(block.text)
    : [{ kind: "other", value: block }];
}

function readText(block: JsonObject): Part[] {
  return textPart(asText(block.text) ?? "");
}

function readCall(block: JsonObject): Part[] {
  const name = asText(block.name) ?? "tool";
  return [{ kind: "call", id: asText(block.id), name, args: parseMaybe(block.input) }];
}

function sourceUrl(source: JsonObject): string | null {
  if (source.type !== "base64") return asText(source.url);
  return dataUrl(asText(source.media_type), asText(source.data));
}

export function dataUrl(mime: string | null, data: string | null): string | null {
  return mime && data ? `data:${mime};base64,${data}` : null;
}

export function image(url: string | null): Part[] {
  return url ? [{ kind: "image", url }] : file("image", null);
}

export function file(kind: string, name: string | null): Part[] {
  return [{ kind: "file", label: name ? `${kind}: ${name}` : kind }];
}

/** OpenAI's `tool_calls`, and the `function_call` that came before them. */
export function readToolCalls(message: JsonObject): Part[] {
  const calls = asList(message.tool_calls).map(asObject);
  const legacy = isObject(message.function_call) ? [{ function: message.function_call }] : [];
  return [...calls, ...legacy].map((call: JsonObject) => {
    const called = asObject(call.function ?? call.custom);
    return {
      kind: "call",
      id: asText(call.id),
      name: asText(called.name) ?? "tool",
      args: parseMaybe(called.arguments ?? called.input),
    };
  });
}
