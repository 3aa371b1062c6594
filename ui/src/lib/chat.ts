/** The conversation of a log as it is shown: the server's normal form, and where the bytes of its media are. */

import { asList, asObject, asText, type Json } from "./json";
import { at, type Bodies } from "./pointer";

export type Role = "system" | "user" | "assistant" | "tool" | "other";

export type Part =
  | { kind: "text"; text: string }
  | { kind: "reasoning"; text: string }
  | { kind: "refusal"; text: string }
  /** `url` is a data: URL or a remote one; the page loads only the former by itself. */
  | { kind: "media"; type: MediaType; url: string | null; label: string; text: string }
  | { kind: "call"; id: string | null; name: string; args: Json }
  | { kind: "result"; id: string | null; name: string | null; text: string; value: Json }
  | { kind: "vector"; dimensions: number | null; norm: number | null; first: number[] }
  /** What the text before it refers to, in the order of the answer. */
  | { kind: "sources"; sources: Source[] }
  /** A part of a type that is not known, shown as JSON. */
  | { kind: "other"; value: Json };

export interface Source {
  name: string;
  /** What is quoted of it. */
  text: string;
  /** http(s), or "". */
  url: string;
}

const MEDIA = ["image", "audio", "video", "file"] as const;
export type MediaType = (typeof MEDIA)[number];

export interface Message {
  role: Role;
  /** What the sender called the role, plus the name if it gave one. */
  label: string;
  parts: Part[];
  /** Why the model stopped. */
  finish: string | null;
}

export interface Tool {
  name: string;
  description: string | null;
  parameters: Json;
}

export interface Chat {
  input: Message[];
  /** One answer, or several to choose from. */
  choices: Message[][];
  tools: Tool[];
  /** Sides whose body has something in it that is no conversation. */
  unread: ("request" | "response")[];
}

/** As `GET /v1/logs/{id}` has it; what is empty is left out of parts and messages. */
export interface Conversation {
  input: ConversationMessage[];
  output: ConversationMessage[];
  tools: { name: string; description?: string; parameters?: Json }[];
}

export interface ConversationMessage {
  role: string;
  name?: string;
  finish_reason?: string;
  parts?: ConversationPart[];
}

export interface ConversationPart {
  type: string;
  text?: string;
  id?: string;
  name?: string;
  arguments?: Json;
  value?: Json;
  media_type?: string;
  /** http(s); never a data: URL. */
  url?: string;
  /** JSON pointer to inline data, its first step "request" or "response". */
  ref?: string;
}

/** Null when there is nothing to show as a conversation. */
export function chatOf(said: Conversation | undefined, bodies: Bodies): Chat | null {
  if (!said || said.input.length + said.output.length === 0) return null;
  const read = (message: ConversationMessage) => messageOf(message, bodies);
  const output = said.output.map(read);
  const unread: Chat["unread"] = [];
  if (said.input.length === 0 && hasContent(bodies.request)) unread.push("request");
  if (output.length === 0 && hasContent(bodies.response) && !isError(bodies.response))
    unread.push("response");
  return {
    input: said.input.map(read),
    choices: areChoices(said.output) ? output.map((message) => [message]) : [output],
    tools: said.tools.map(({ name, description, parameters }) => ({
      name,
      description: description ?? null,
      parameters: parameters ?? null,
    })),
    unread,
  };
}

/** Several answers, each with its own end, are choices; steps of one answer have one end. */
function areChoices(output: ConversationMessage[]): boolean {
  return output.length > 1 && output.every((message) => message.finish_reason !== undefined);
}

const ROLES: Record<string, Role> = {
  system: "system",
  developer: "system",
  user: "user",
  human: "user",
  assistant: "assistant",
  model: "assistant",
  ai: "assistant",
  tool: "tool",
  function: "tool",
};

function messageOf(message: ConversationMessage, bodies: Bodies): Message {
  const label = message.role || "message";
  return {
    role: ROLES[label.toLowerCase()] ?? "other",
    label: message.name ? `${label} · ${message.name}` : label,
    parts: partsOf(message.parts ?? [], bodies),
    finish: message.finish_reason ?? null,
  };
}

/** A source in one line. */
export function sourceText({ name, text, url }: Source): string {
  return [name, url, text && `"${text}"`].filter(Boolean).join(" · ");
}

/** Citations that follow each other are one list. */
function partsOf(sent: ConversationPart[], bodies: Bodies): Part[] {
  const parts: Part[] = [];
  for (const part of sent) {
    const last = parts.at(-1);
    if (part.type !== "citation") parts.push(partOf(part, bodies));
    else if (last?.kind === "sources") last.sources.push(sourceOf(part));
    else parts.push({ kind: "sources", sources: [sourceOf(part)] });
  }
  return parts;
}

function sourceOf({ name = "", text = "", url = "" }: ConversationPart): Source {
  return { name, text, url };
}

function partOf(part: ConversationPart, bodies: Bodies): Part {
  const text = part.text ?? "";
  switch (part.type) {
    case "text":
    case "reasoning":
    case "refusal":
      return { kind: part.type, text };
    case "tool_call":
      return { kind: "call", id: part.id ?? null, name: part.name ?? "tool", args: part.arguments ?? null };
    case "tool_result":
      return {
        kind: "result",
        id: part.id ?? null,
        name: part.name ?? null,
        text,
        value: part.value ?? null,
      };
    case "embedding":
      return vectorOf(part.value);
    case "other":
      return { kind: "other", value: part.value ?? null };
    default: {
      const type = MEDIA.find((each) => each === part.type);
      return type ? mediaOf(type, part, bodies) : { kind: "other", value: part as unknown as Json };
    }
  }
}

function mediaOf(type: MediaType, part: ConversationPart, bodies: Bodies): Part {
  const names = [part.name, part.media_type, part.id].filter(Boolean);
  return {
    kind: "media",
    type,
    url: part.url ?? inline(part, type, bodies),
    label: [type, ...names].join(" · "),
    text: part.text ?? "",
  };
}

const DEFAULT_TYPE: Record<MediaType, string | null> = {
  image: "image/png",
  audio: "audio/mpeg",
  video: null,
  file: null,
};

/** Bytes in the body itself as a data: URL; null when they are not there, or of no known type. */
function inline({ ref, media_type }: ConversationPart, type: MediaType, bodies: Bodies): string | null {
  const value = ref ? at(bodies, ref) : undefined;
  if (typeof value !== "string" || value === "") return null;
  if (value.startsWith("data:")) return value;
  const mime = media_type ?? (type === "image" ? imageType(value) : DEFAULT_TYPE[type]);
  return mime && /^[\w+/=-]+\s*$/.test(value.slice(0, 100)) ? `data:${mime};base64,${value}` : null;
}

/** By its first bytes, as Base64 has them. */
function imageType(base64: string): string {
  if (base64.startsWith("/9j/")) return "image/jpeg";
  if (base64.startsWith("UklGR")) return "image/webp";
  return base64.startsWith("R0lGOD") ? "image/gif" : "image/png";
}

function vectorOf(value: Json | undefined): Part {
  const { dimensions, norm, first } = asObject(value);
  return {
    kind: "vector",
    dimensions: typeof dimensions === "number" ? dimensions : null,
    norm: typeof norm === "number" ? norm : null,
    first: asList(first).filter((each) => typeof each === "number"),
  };
}

function hasContent(body: Json | undefined): boolean {
  if (body === undefined || body === null || body === "") return false;
  return typeof body !== "object" || Object.keys(body).length > 0;
}

/** An error is shown above the tabs and is not missed in the chat. */
function isError(body: Json | undefined): boolean {
  return asObject(body).error !== undefined || asText(asObject(body).type) === "error";
}
