/** Finds the conversation in a request and a response body. */

import { asList, asObject, asText, isObject, type Json, type JsonObject } from "../../src/lib/json";
import { readGeminiRequest, readGeminiResponse } from "./gemini";
import { readAnthropicResponse, readChoices, readMessagesRequest } from "./messages";
import type { Message, Reading, Tool } from "./model";
import {
  readCompletionResponse,
  readEmbeddingRequest,
  readEmbeddingResponse,
  readPromptRequest,
  readTextResponse,
} from "./plain";
import { readResponsesRequest, readResponsesResponse } from "./responses";

export interface Chat {
  form: string;
  messages: Message[];
  tools: Tool[];
  /** Sides whose body has something in it that is no conversation. */
  unread: Message["side"][];
}

type Reader = (body: JsonObject) => Reading | null;

// The order matters where two forms share a key: the stricter reader comes first.
const RESPONSE_READERS: Reader[] = [
  readChoices,
  readCompletionResponse,
  readResponsesResponse,
  readAnthropicResponse,
  readGeminiResponse,
  readEmbeddingResponse,
  readTextResponse,
];

/** Null when neither body has a form we know. */
export function readChat(request: Json | undefined, response: Json | undefined): Chat | null {
  const answer = firstReading(RESPONSE_READERS, response);
  const question = firstReading(requestReaders(answer), request);
  if (!question && !answer) return null;
  const unread: Message["side"][] = [];
  if (!question && hasContent(request)) unread.push("request");
  if (!answer && hasContent(response) && !isError(response)) unread.push("response");
  return {
    form: answer?.form ?? question?.form ?? "",
    messages: [...(question?.messages ?? []), ...(answer?.messages ?? [])],
    tools: asList(asObject(request).tools).flatMap(readTool),
    unread,
  };
}

/** `input` means two things; the answer tells which. */
function requestReaders(answer: Reading | null): Reader[] {
  const input =
    answer?.form === "Embeddings" ? [readEmbeddingRequest] : [readResponsesRequest, readEmbeddingRequest];
  return [readMessagesRequest, readGeminiRequest, readPromptRequest, ...input];
}

function firstReading(readers: Reader[], body: Json | undefined): Reading | null {
  if (!isObject(body)) return null;
  for (const reader of readers) {
    const reading = reader(body);
    if (reading) return reading;
  }
  return null;
}

function hasContent(body: Json | undefined): boolean {
  if (body === undefined || body === null || body === "") return false;
  return !isObject(body) || Object.keys(body).length > 0;
}

/** An error is shown above the tabs and is not missed in the chat. */
function isError(body: Json | undefined): boolean {
  return isObject(body) && (body.error !== undefined || body.type === "error");
}

function readTool(value: Json): Tool[] {
  const tool = asObject(value);
  const gemini = asList(tool.functionDeclarations ?? tool.function_declarations);
  if (gemini.length > 0) return gemini.flatMap(readTool);
  const declared = isObject(tool.function) ? tool.function : tool;
  const name = asText(declared.name) ?? asText(tool.type);
  if (!name) return [];
  const parameters = declared.parameters ?? declared.input_schema ?? null;
  return [{ name, description: asText(declared.description), parameters }];
}
