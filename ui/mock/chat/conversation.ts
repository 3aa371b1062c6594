/** What the real server says of a conversation, made of the mock's own reading. */

import type { Conversation, ConversationMessage, ConversationPart } from "../../src/api/types";
import type { Chat } from "./read";
import type { Message, Part } from "./model";

const VALUES_SHOWN = 8;

export function conversationOf(chat: Chat | null): Conversation {
  const of = (side: Message["side"]) =>
    (chat?.messages ?? []).filter((message) => message.side === side).map(messageOf);
  return {
    input: of("request"),
    output: of("response"),
    tools: (chat?.tools ?? []).map(({ name, description, parameters }) => ({
      name,
      description: description ?? undefined,
      parameters,
    })),
  };
}

function messageOf({ label, parts, finish }: Message): ConversationMessage {
  const [role = "", name] = label.split(" · ");
  return { role, name, parts: parts.map(partOf), finish_reason: finish ?? undefined };
}

function partOf(part: Part): ConversationPart {
  switch (part.kind) {
    case "text":
    case "refusal":
      return { type: part.kind, text: part.text };
    case "thinking":
      return { type: "reasoning", text: part.text };
    case "image":
      return { type: "image", url: part.url };
    case "file":
      return { type: "file", name: part.label };
    case "call":
      return { type: "tool_call", id: part.id ?? undefined, name: part.name, arguments: part.args };
    case "result": {
      const text = part.parts.flatMap((each) => (each.kind === "text" ? [each.text] : [])).join("\n");
      return { type: "tool_result", id: part.id ?? undefined, name: part.name ?? undefined, text };
    }
    case "vector":
      return {
        type: "embedding",
        value: {
          dimensions: part.values.length,
          first: part.values.slice(0, VALUES_SHOWN),
          norm: Math.hypot(...part.values),
        },
      };
    case "other":
      return { type: "other", value: part.value };
  }
}
