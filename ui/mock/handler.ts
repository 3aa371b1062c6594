/** The API as far as the dashboard needs it, in memory, for `npm run dev` and `npm run preview`. */

import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Connect } from "vite";
import { aboutRoutes, isSignedIn } from "./about";
import { analyticsRoutes } from "./analytics";
import { exportRoutes } from "./exports";
import { feedbackRoutes } from "./feedback";
import { keyRoutes } from "./keys";
import { logRoutes } from "./logs";
import { matchPath, Refused, type MockRoute } from "./routes";
import { seedLogs, type SeedLog } from "./seed";
import { settingsRoutes } from "./settings";
import { MockStore } from "./store";
import { traceRoutes } from "./traces";
import { viewRoutes } from "./views";

const SEEDED = Number(process.env.MOCK_COUNT ?? 1800);

/** Open to whoever has no key. */
const DOOR = aboutRoutes.length;
const ROUTES: MockRoute[] = [
  ...aboutRoutes,
  ...logRoutes,
  ...traceRoutes,
  ...analyticsRoutes,
  ...feedbackRoutes,
  ...exportRoutes,
  ...keyRoutes,
  ...viewRoutes,
  ...settingsRoutes,
];

/** Environment: MOCK_LOGS (NDJSON of loggen.py, or "none"), MOCK_COUNT (of the seeded ones), MOCK_KEY (asks for that key), MOCK_DELAY (ms). */
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
    // A caller that went away needs no answer.
    setTimeout(() => void answer(store, request, url, response).catch(() => response.destroy()), delay);
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
  const asked = url.pathname.slice("/v1/".length);
  try {
    for (const [index, route] of ROUTES.entries()) {
      const path = route.method === request.method ? matchPath(route.path, asked) : null;
      if (!path) continue;
      if (index >= DOOR && !isSignedIn({ request })) throw new Refused(401, "Give an API key.");
      const body = await readBody(request);
      const params = url.searchParams;
      const reply = await route.answer({ store, params, path, body, request, response });
      if (reply !== undefined) send(response, 200, reply);
      return;
    }
    throw new Refused(404, `There is no route ${request.method ?? ""} /v1/${asked}.`);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const { status, message, param, data } = error;
    send(response, status, {
      success: false,
      status: "failure",
      status_code: status,
      message,
      error: { message, param },
      data,
    });
  }
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString("utf8");
  return text ? JSON.parse(text) : null;
}

function send(response: ServerResponse, status: number, body: unknown) {
  response.statusCode = status;
  response.setHeader("Content-Type", "application/json");
  response.end(JSON.stringify(body));
}
