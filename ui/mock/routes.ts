/** What a subject of the mock gives: rows of routes, and what they are handed. */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { MockStore } from "./store";

export interface Ask {
  store: MockStore;
  params: URLSearchParams;
  /** The parts of the path in place of ":name", decoded. */
  path: Record<string, string>;
  /** Parsed JSON of POST and PUT. */
  body: unknown;
  request: IncomingMessage;
  response: ServerResponse;
}

export interface MockRoute {
  method: "GET" | "POST" | "PUT" | "DELETE";
  /** "logs/:id". The first row that fits answers. */
  path: string;
  /** What it returns is sent as JSON; `undefined`: it has answered by itself. */
  answer: (ask: Ask) => unknown;
}

/** A refusal. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly param: string | null = null,
    readonly data: object = {},
  ) {
    super(message);
  }
}

/** The parts in place of names, or null when the path is another. */
export function matchPath(pattern: string, path: string): Record<string, string> | null {
  const [wanted, found] = [pattern.split("/"), path.split("/")];
  if (wanted.length !== found.length) return null;
  const parts: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    if (part.startsWith(":")) parts[part.slice(1)] = decodeURIComponent(found[index] ?? "");
    else if (part !== found[index]) return null;
  }
  return parts;
}
