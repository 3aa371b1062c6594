import { describe, expect, test } from "vitest";
import type { Json } from "../src/lib/json";
import { readChat } from "../mock/chat/read";

/** A chat in one line per message: "role: part part". */
function brief(request: unknown, response: unknown) {
  const chat = readChat(request as Json, response as Json);
  if (!chat) return null;
  const lines = chat.messages.map(({ label, parts, finish }) => {
    const shown = parts.map((part) =>
      "text" in part ? `${part.kind} ${part.text}` : `${part.kind} ${JSON.stringify(part)}`,
    );
    return `${label}: ${shown.join(" | ")}${finish ? ` [${finish}]` : ""}`;
  });
  return { form: chat.form, lines, tools: chat.tools.map((tool) => tool.name), unread: chat.unread };
}

describe("chat completions", () => {
  test("text, tool calls, tool results, choices", () => {
    const request = {
      tools: [{ type: "function", function: { name: "find", parameters: { type: "object" } } }],
      messages: [
        { role: "developer", content: "Be brief." },
        {
          role: "user",
          name: "ann",
          content: [
            { type: "text", text: "Look" },
            { type: "image_url", image_url: { url: "https://a.example/x.png" } },
          ],
        },
        {
          role: "assistant",
          content: null,
          tool_calls: [{ id: "c1", type: "function", function: { name: "find", arguments: '{"n": 1}' } }],
        },
        { role: "tool", tool_call_id: "c1", content: "found" },
      ],
    };
    const response = {
      choices: [
        { message: { role: "assistant", content: "One", reasoning_content: "hm" }, finish_reason: "stop" },
        { message: { role: "assistant", content: null, refusal: "No." }, finish_reason: "stop" },
      ],
    };
    expect(brief(request, response)).toMatchInlineSnapshot(`
      {
        "form": "Chat completions",
        "lines": [
          "developer: text Be brief.",
          "user · ann: text Look | image {"kind":"image","url":"https://a.example/x.png"}",
          "assistant: call {"kind":"call","id":"c1","name":"find","args":{"n":1}}",
          "tool: result {"kind":"result","id":"c1","name":null,"parts":[{"kind":"text","text":"found"}]}",
          "assistant · choice 1: thinking hm | text One [stop]",
          "assistant · choice 2: refusal No. [stop]",
        ],
        "tools": [
          "find",
        ],
        "unread": [],
      }
    `);
  });

  test("a message whose content a client dropped is empty, not an error", () => {
    expect(brief({ messages: [{ role: "user" }] }, null)?.lines).toEqual(["user: "]);
  });

  test("arguments that are not JSON stay text", () => {
    const call = { function: { name: "f", arguments: "{broken" } };
    expect(brief({ messages: [{ role: "assistant", tool_calls: [call] }] }, null)?.lines[0]).toContain(
      '"args":"{broken"',
    );
  });

  test("an error answer is not missing from the chat", () => {
    expect(
      brief({ messages: [{ role: "user", content: "hi" }] }, { error: { message: "no" } })?.unread,
    ).toEqual([]);
  });
});

test("Responses", () => {
  const request = {
    instructions: "Extract.",
    input: [
      { role: "user", content: [{ type: "input_text", text: "this" }] },
      { type: "function_call_output", call_id: "f1", output: "42" },
    ],
  };
  const response = {
    status: "completed",
    output: [
      { type: "reasoning", summary: [{ type: "summary_text", text: "think" }] },
      { type: "function_call", call_id: "f2", name: "sum", arguments: "[1,2]" },
      { type: "message", role: "assistant", content: [{ type: "output_text", text: "done" }] },
    ],
  };
  expect(brief(request, response)).toMatchObject({
    form: "Responses",
    lines: [
      "system: text Extract.",
      "user: text this",
      'tool: result {"kind":"result","id":"f1","name":null,"parts":[{"kind":"text","text":"42"}]}',
      "assistant: thinking think",
      'assistant: call {"kind":"call","id":"f2","name":"sum","args":[1,2]}',
      "assistant: text done [completed]",
    ],
  });
});

test("Anthropic messages", () => {
  const request = {
    system: [{ type: "text", text: "Review." }],
    messages: [
      {
        role: "user",
        content: [
          { type: "text", text: "see" },
          { type: "image", source: { type: "base64", media_type: "image/png", data: "iVBO" } },
        ],
      },
      { role: "assistant", content: [{ type: "tool_use", id: "t1", name: "read", input: { path: "a" } }] },
      { role: "user", content: [{ type: "tool_result", tool_use_id: "t1", content: "text of a" }] },
    ],
    tools: [{ name: "read", input_schema: { type: "object" } }],
  };
  const response = {
    type: "message",
    role: "assistant",
    stop_reason: "end_turn",
    content: [
      { type: "thinking", thinking: "hm" },
      { type: "text", text: "fine" },
    ],
  };
  expect(brief(request, response)).toMatchObject({
    form: "Anthropic messages",
    tools: ["read"],
    lines: [
      "system: text Review.",
      'user: text see | image {"kind":"image","url":"data:image/png;base64,iVBO"}',
      'assistant: call {"kind":"call","id":"t1","name":"read","args":{"path":"a"}}',
      'tool: result {"kind":"result","id":"t1","name":null,"parts":[{"kind":"text","text":"text of a"}]}',
      "assistant: thinking hm | text fine [end_turn]",
    ],
  });
});

test("Gemini", () => {
  const request = {
    system_instruction: { parts: [{ text: "Short." }] },
    contents: [
      { role: "user", parts: [{ text: "hi" }, { inlineData: { mimeType: "image/png", data: "iVBO" } }] },
      { role: "model", parts: [{ functionCall: { name: "f", args: { a: 1 } } }] },
      { role: "user", parts: [{ functionResponse: { name: "f", response: { b: 2 } } }] },
    ],
    tools: [{ functionDeclarations: [{ name: "f" }, { name: "g" }] }],
  };
  const response = {
    candidates: [
      {
        content: { role: "model", parts: [{ text: "hm", thought: true }, { text: "ok" }] },
        finishReason: "STOP",
      },
    ],
  };
  expect(brief(request, response)).toMatchObject({
    form: "Gemini",
    tools: ["f", "g"],
    lines: [
      "system: text Short.",
      'user: text hi | image {"kind":"image","url":"data:image/png;base64,iVBO"}',
      'model: call {"kind":"call","id":null,"name":"f","args":{"a":1}}',
      'tool: result {"kind":"result","id":null,"name":"f","parts":[{"kind":"other","value":{"b":2}}]}',
      "model: thinking hm | text ok [STOP]",
    ],
  });
});

describe("the simple forms", () => {
  test.each<[string, Json, Json, string[]]>([
    [
      "Completion",
      { prompt: "Say" },
      { choices: [{ text: "hey", finish_reason: "length" }] },
      ["user: text Say", "assistant: text hey [length]"],
    ],
    [
      "Text",
      { prompt: "What is AI?" },
      { response: "AI is" },
      ["user: text What is AI?", "assistant: text AI is"],
    ],
    [
      "Embeddings",
      { input: ["a", "b"] },
      { data: [{ embedding: [0.5, 1] }] },
      ["user: text a", "user: text b", 'embedding: vector {"kind":"vector","values":[0.5,1]}'],
    ],
  ])("%s", (form, request, response, lines) => {
    expect(brief(request, response)).toEqual({ form, lines, tools: [], unread: [] });
  });
});

describe("what is no chat", () => {
  test.each<[Json | undefined, Json | undefined]>([
    [undefined, undefined],
    [null, null],
    ["text", ["a", "list"]],
    [{ query: "x" }, { nodes: [] }],
    [{ messages: "not a list" }, 42],
  ])("%j, %j", (request, response) => {
    expect(readChat(request, response)).toBeNull();
  });

  test("one side that cannot be read is named", () => {
    expect(brief({ messages: [{ role: "user", content: "hi" }] }, { custom: true })?.unread).toEqual([
      "response",
    ]);
  });
});
