import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import type { Chat } from "../src/lib/chat";
import {
  asCurl,
  asJson,
  asMarkdown,
  asNode,
  asPythonOpenai,
  asPythonPortkey,
  type CopiedLog,
} from "../src/lib/copies";

const SECRETS = [
  "sk-proj-abcdefghijklmnop1234",
  "sk-ant-api03-abcdefghijklmnop",
  "AIzaSyA1234567890abcdefghijklmnopqrstuv",
  "AKIAABCDEFGHIJKLMNOP",
  "hunter2-password",
  "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJl",
  "plain-cookie-value",
  "xoxb-123456789012-abcdef",
];

const LOG: CopiedLog = {
  provider: "openai",
  request: {
    url: `https://user:hunter2-password@api.openai.com/v1/chat/completions?api_key=${SECRETS[0]}&key=${SECRETS[2]}&v=1`,
    method: "POST",
    headers: {
      "content-type": "application/json",
      Authorization: `Bearer ${SECRETS[0]}`,
      "proxy-authorization": "Basic hunter2-password",
      "x-api-key": SECRETS[1] ?? "",
      cookie: "plain-cookie-value",
      "x-portkey-virtual-key": "plain-cookie-value",
      "x-team": `of ${SECRETS[3]}`,
    },
    body: {
      model: "gpt-4o",
      api_key: "hunter2-password",
      temperature: 0,
      stop: null,
      stream: false,
      messages: [
        {
          role: "user",
          content: `it's "me" ${SECRETS.slice(0, 4).join(" ")} ${SECRETS[5]} ${SECRETS[7]}\n$(id) \`id\``,
        },
      ],
    },
  },
  response: {
    status: 200,
    headers: { "set-cookie": "plain-cookie-value", "x-request-id": "r1" },
    body: { text: SECRETS[1] ?? "" },
  },
  metadata: { token: "x", secret: "hunter2-password", _user: "alice" },
};

const CHAT: Chat = {
  input: [
    {
      role: "user",
      label: "user",
      finish: null,
      parts: [
        { kind: "text", text: `hi ${SECRETS[0]}` },
        { kind: "result", id: "1", name: "f", text: "a ```` b", value: null },
        { kind: "call", id: "1", name: "f", args: { password: "hunter2-password" } },
      ],
    },
  ],
  choices: [],
  tools: [],
  unread: [],
};

const COPIES: [string, string][] = [
  ["curl", asCurl(LOG)],
  ["Python (openai)", asPythonOpenai(LOG)],
  ["Python (portkey)", asPythonPortkey(LOG)],
  ["Node", asNode(LOG)],
  ["JSON", asJson(LOG)],
  ["Markdown", asMarkdown(CHAT)],
];

describe("no key leaves with a copy", () => {
  test.each(COPIES)("%s", (_, text) => {
    expect(SECRETS.filter((secret) => text.includes(secret))).toEqual([]);
    expect(text).not.toMatch(/proxy-authorization|set-cookie|cookie:/i);
  });

  test("the key is asked of the environment", () => {
    expect(asCurl(LOG)).toContain(`-H 'Authorization: Bearer '"$API_KEY"`);
    expect(asPythonOpenai(LOG)).toContain('os.environ["API_KEY"]');
    expect(asNode(LOG)).toContain("process.env.API_KEY");
  });

  test.each([
    ["https://api.anthropic.com/v1/messages", "x-api-key"],
    ["https://generativelanguage.googleapis.com/v1/models/g:generateContent", "x-goog-api-key"],
    ["https://x.openai.azure.com/openai/deployments/d/chat/completions", "api-key"],
  ])("%s has its key under %s", (url, name) => {
    const log = { ...LOG, provider: null, request: { ...LOG.request, url, headers: {} } };
    expect(asCurl(log)).toContain(`-H '${name}: '"$API_KEY"`);
  });
});

describe("a copy does nothing but ask the same again", () => {
  test("a shell sees the body as it is, and runs nothing of it", () => {
    const curl = asCurl(LOG).replace(/^curl/, "printf '%s\\n'");
    const words = execFileSync("sh", ["-c", curl], {
      env: { API_KEY: "from-the-environment" },
      encoding: "utf8",
    });
    const body = words.slice(words.indexOf("\n-d\n") + 4);
    expect(JSON.parse(body)).toMatchObject({ model: "gpt-4o", stop: null });
    expect(words).toContain("$(id) `id`");
    expect(words).toContain("Authorization: Bearer from-the-environment");
    expect(words).not.toContain("uid=");
  });

  test("a URL cannot end its quotes or the line", () => {
    const url = "https://a.example/'; touch x #\nrm\u001b[2J\u202e";
    const text = asCurl({ ...LOG, request: { ...LOG.request, url, body: "\u009b2J\u202e" } });
    // eslint-disable-next-line no-control-regex
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(text.split("\n")[0]).toBe(`curl 'https://a.example/'\\''; touch x #rm[2J' \\`);
  });

  test("Python has its own words for null and booleans", () => {
    expect(asPythonOpenai(LOG)).toContain('"stop": None');
    expect(asPythonOpenai(LOG)).toContain('"stream": False');
  });

  test.each([
    ["/v1/embeddings", "embeddings.create"],
    ["/v1/responses", "responses.create"],
    ["/v1/images/generations", "images.generate"],
    ["/other", "chat.completions.create"],
  ])("%s is client.%s", (path, method) => {
    const log = { ...LOG, request: { ...LOG.request, url: `https://api.openai.com${path}` } };
    expect(asNode(log)).toContain(`client.${method}(`);
  });

  test("a text cannot end its fence", () => {
    expect(asMarkdown(CHAT)).toContain("`````\na ```` b\n`````");
  });
});
