/** The simple forms: a prompt and its text, and embeddings. */

import { asList, asObject, asText, type Json, type JsonObject } from "../../src/lib/json";
import { message, textPart, type Message, type Reading } from "./model";

/** Legacy completions and whoever sends {"prompt": …}. */
export function readPromptRequest(body: JsonObject): Reading | null {
  const texts = textsOf(body.prompt);
  return texts && { form: "Completion", messages: texts.map((text) => said("request", "user", text)) };
}

export function readCompletionResponse(body: JsonObject): Reading | null {
  const choices = asList(body.choices).map(asObject);
  if (!choices.some((choice) => typeof choice.text === "string")) return null;
  return {
    form: "Completion",
    messages: choices.map((choice) =>
      message("response", "assistant", textPart(asText(choice.text) ?? ""), {
        finish: asText(choice.finish_reason),
      }),
    ),
  };
}

/** {"response": "…"} and its spellings. */
export function readTextResponse(body: JsonObject): Reading | null {
  const text = [body.response, body.completion, body.generated_text, body.text, body.output].find(
    (each) => typeof each === "string",
  );
  return typeof text === "string" ? { form: "Text", messages: [said("response", "assistant", text)] } : null;
}

export function readEmbeddingRequest(body: JsonObject): Reading | null {
  const texts = textsOf(body.input);
  return texts && { form: "Embeddings", messages: texts.map((text) => said("request", "user", text)) };
}

export function readEmbeddingResponse(body: JsonObject): Reading | null {
  const vectors = asList(body.data)
    .map((each) => asList(asObject(each).embedding))
    .filter((each) => each.length > 0);
  if (vectors.length === 0) return null;
  return {
    form: "Embeddings",
    messages: vectors.map((vector, index) =>
      message("response", vectors.length > 1 ? `embedding ${index + 1}` : "embedding", [
        { kind: "vector", values: vector.filter((each) => typeof each === "number") },
      ]),
    ),
  };
}

function textsOf(value: Json | undefined): string[] | null {
  if (typeof value === "string") return [value];
  const texts = asList(value).filter((each) => typeof each === "string");
  return texts.length > 0 ? texts : null;
}

function said(side: Message["side"], sender: string, text: string): Message {
  return message(side, sender, textPart(text));
}
