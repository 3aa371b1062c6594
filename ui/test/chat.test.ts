import { describe, expect, test } from "vitest";
import { chatOf, type Conversation } from "../src/lib/chat";
import { gatewayChips } from "../src/lib/gateway";
import type { Bodies } from "../src/lib/pointer";

const PNG = "iVBORw0KGgo=";
const said = (output: Conversation["output"], input: Conversation["input"] = []): Conversation => ({
  input,
  output,
  tools: [],
});

describe("the conversation of a log", () => {
  test("answers that each have an end are choices", () => {
    const twice = ["a", "b"].map((text) => ({
      role: "assistant",
      finish_reason: "stop",
      parts: [{ type: "text", text }],
    }));
    expect(chatOf(said(twice), {})?.choices).toHaveLength(2);
  });

  test("steps of one answer are one choice", () => {
    const steps = [
      { role: "assistant", parts: [{ type: "reasoning", text: "hm" }] },
      { role: "assistant", finish_reason: "completed", parts: [{ type: "text", text: "done" }] },
    ];
    expect(chatOf(said(steps), {})?.choices.map((each) => each.length)).toEqual([2]);
  });

  test("citations that follow each other are one list of sources", () => {
    const url = "https://example.com/a";
    const parts = [
      { type: "text", text: "Two fit." },
      { type: "citation", name: "Tents", url },
      { type: "citation", text: "two" },
      { type: "text", text: "So." },
      { type: "citation", url },
    ];
    expect(chatOf(said([{ role: "assistant", parts }]), {})?.choices[0]?.[0]?.parts).toEqual([
      { kind: "text", text: "Two fit." },
      {
        kind: "sources",
        sources: [
          { name: "Tents", text: "", url },
          { name: "", text: "two", url: "" },
        ],
      },
      { kind: "text", text: "So." },
      { kind: "sources", sources: [{ name: "", text: "", url }] },
    ]);
  });

  test.each<[string, object, Bodies, string | null]>([
    [
      "a data: URL",
      { ref: "/request/a/0" },
      { request: { a: [`data:image/png;base64,${PNG}`] } },
      "data:image/png;base64,iVBORw0KGgo=",
    ],
    [
      "bare Base64",
      { ref: "/request/a~1b" },
      { request: { "a/b": PNG } },
      "data:image/png;base64,iVBORw0KGgo=",
    ],
    [
      "its own type",
      { ref: "/response/x", media_type: "image/gif" },
      { response: { x: PNG } },
      "data:image/gif;base64,iVBORw0KGgo=",
    ],
    ["a remote one", { url: "https://a.example/x.png" }, {}, "https://a.example/x.png"],
    ["a pointer to nothing", { ref: "/request/a/9" }, { request: { a: [] } }, null],
    ["a pointer to what all objects have", { ref: "/request/constructor" }, { request: {} }, null],
    ["text that is no Base64", { ref: "/request/a" }, { request: { a: "<svg onload=alert(1)>" } }, null],
  ])("the bytes of a picture: %s", (_, where, bodies, url) => {
    const chat = chatOf(said([], [{ role: "user", parts: [{ type: "image", ...where }] }]), bodies);
    expect(chat?.input[0]?.parts[0]).toMatchObject({ kind: "media", type: "image", url });
  });

  test("a part of a type that is not known is shown as it is", () => {
    const part = { type: "hologram", text: "x" };
    expect(chatOf(said([{ role: "assistant", parts: [part] }]), {})?.choices[0]?.[0]?.parts).toEqual([
      { kind: "other", value: part },
    ]);
  });

  test("a side with content and no messages is named, an error is not", () => {
    const asked = [{ role: "user", parts: [{ type: "text", text: "hi" }] }];
    expect(chatOf(said([], asked), { response: { custom: true } })?.unread).toEqual(["response"]);
    expect(chatOf(said([], asked), { response: { error: { message: "no" } } })?.unread).toEqual([]);
  });

  test("no conversation", () => {
    expect(chatOf(undefined, {})).toBeNull();
    expect(chatOf(said([]), { request: { query: "x" } })).toBeNull();
  });
});

describe("chips of the gateway", () => {
  test.each<[Parameters<typeof gatewayChips>[0], string[]]>([
    [{ cache_status: "HIT" }, ["Cache Hit"]],
    [
      { cache_status: "SEMANTIC HIT", retry_success_count: 2 },
      ["Cache Semantic Hit", "Retry Success on 2 Tries"],
    ],
    [{ cache_status: "DISABLED", retry_success_count: 0 }, []],
    [{ cache_status: null, retry_success_count: -1 }, ["Retries Failed"]],
    [{ cache_status: null, mode: "fallback", option: "config.targets[1]" }, ["Fallback Active"]],
    [{ cache_status: null, mode: "fallback", option: "config.targets[0]" }, []],
    [{ cache_status: null, mode: "loadbalance" }, ["Loadbalanced"]],
  ])("%j", (seen, chips) => expect(gatewayChips(seen)).toEqual(chips));
});
