/** A conversation, whatever API it was spoken to in. */

import type { Json } from "../../src/lib/json";

export type Role = "system" | "user" | "assistant" | "tool" | "other";

export type Part =
  | { kind: "text"; text: string }
  | { kind: "thinking"; text: string }
  | { kind: "refusal"; text: string }
  /** A data: URL or a remote one; the page loads only the former. */
  | { kind: "image"; url: string }
  | { kind: "file"; label: string }
  | { kind: "call"; id: string | null; name: string; args: Json }
  | { kind: "result"; id: string | null; name: string | null; parts: Part[] }
  | { kind: "vector"; values: number[] }
  /** A part of a type we do not know, shown as JSON. */
  | { kind: "other"; value: Json };

export interface Message {
  role: Role;
  /** What the sender called the role, plus the name if it gave one. */
  label: string;
  side: "request" | "response";
  parts: Part[];
  /** Why the model stopped. */
  finish: string | null;
}

export interface Tool {
  name: string;
  description: string | null;
  parameters: Json;
}

/** What one body says; null from a reader means "not my form". */
export interface Reading {
  form: string;
  messages: Message[];
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

export function message(
  side: Message["side"],
  sender: string | null,
  parts: Part[],
  more: { name?: string | null; finish?: string | null } = {},
): Message {
  const label = sender ?? "message";
  return {
    role: ROLES[label.toLowerCase()] ?? "other",
    label: more.name ? `${label} · ${more.name}` : label,
    side,
    parts,
    finish: more.finish ?? null,
  };
}

export function textPart(text: string): Part[] {
  return text === "" ? [] : [{ kind: "text", text }];
}
