/** The API as far as the dashboard needs it, in memory, for `npm run dev` and `npm run preview`. */

import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Connect } from "vite";
import type { JsonObject } from "../src/lib/json";
import { BadParameter, searchLogs } from "./search";
import { seedLogs, type SeedLog } from "./seed";
import { MockStore } from "./store";

const SEEDED = 1800;

/** Environment: MOCK_LOGS (NDJSON of loggen.py, or "none"), MOCK_KEY (asks for that key), MOCK_DELAY (ms). */
export function mockHandler(): Connect.NextHandleFunction {
  const store = new MockStore();
  const source = process.env.MOCK_LOGS;
  if (!source) store.fill(seedLogs(SEEDED, Date.now()));
  else if (source !== "none") store.fill(readLogs(source));
  const delay = Number(process.env.MOCK_DELAY ?? 0);
  return (request, response, next) => {
    const url = new URL(request.url ?? "/", "http://mock");
    if (!url.pathname.startsWith("/v1/")) {
      next();
      return;
    }
    setTimeout(() => void answer(store, request, url, response), delay);
  };
}

/** The newest log of a file becomes one of now, so that relative ranges find the rest. */
function readLogs(path: string): SeedLog[] {
  const logs = readFileSync(path, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as SeedLog)
    .reverse();
  const shift = Date.now() - Date.parse(logs[0]?.created_at ?? "");
  return logs.map((log) => ({
    ...log,
    created_at: new Date(Date.parse(log.created_at) + shift).toISOString(),
  }));
}

async function answer(store: MockStore, request: IncomingMessage, url: URL, response: ServerResponse) {
  const path = url.pathname.slice("/v1/".length);
  const signedIn = !process.env.MOCK_KEY || (request.headers.cookie ?? "").includes("session=mock");
  const body = request.method === "POST" ? await readBody(request) : null;
  if (path === "about") {
    const auth = process.env.MOCK_KEY ? "keys" : "off";
    send(response, 200, {
      name: "portlog",
      version: "0.1.0",
      auth,
      logs: store.logs.length,
      session: auth === "keys" && signedIn,
    });
  } else if (path === "session") {
    session(request, body, response);
  } else if (!signedIn) {
    refuse(response, 401, "Give an API key.");
  } else if (path === "logs" && request.method === "POST") {
    const sent = Array.isArray(body) ? body : [body];
    const stored = sent.map((each) => store.add(each as JsonObject, Date.now()));
    send(response, 200, {
      status: "success",
      success: true,
      count: stored.length,
      ids: stored.map((each) => each.row.id),
    });
  } else if (path === "logs") {
    list(store, url.searchParams, response);
  } else {
    const log = store.find(decodeURIComponent(path.replace(/^logs\//, "")));
    if (log) send(response, 200, log);
    else refuse(response, 404, "No such log.");
  }
}

function list(store: MockStore, params: URLSearchParams, response: ServerResponse) {
  try {
    send(response, 200, searchLogs(store.logs, params));
  } catch (error) {
    if (!(error instanceof BadParameter)) throw error;
    refuse(response, 400, error.message, error.param);
  }
}

function session(request: IncomingMessage, body: unknown, response: ServerResponse) {
  if (request.method === "DELETE") {
    response.setHeader("Set-Cookie", "session=; Max-Age=0; Path=/");
    send(response, 200, { success: true });
  } else if ((body as { key?: string } | null)?.key === process.env.MOCK_KEY) {
    response.setHeader("Set-Cookie", "session=mock; HttpOnly; SameSite=Strict; Path=/");
    send(response, 200, { success: true });
  } else {
    refuse(response, 401, "This key is not known.");
  }
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString("utf8"));
}

function refuse(response: ServerResponse, status: number, message: string, param: string | null = null) {
  send(response, status, {
    success: false,
    status: "failure",
    status_code: status,
    message,
    error: { message, param },
  });
}

function send(response: ServerResponse, status: number, body: unknown) {
  response.statusCode = status;
  response.setHeader("Content-Type", "application/json");
  response.end(JSON.stringify(body));
}
