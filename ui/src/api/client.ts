import { asObject, type JsonObject } from "../lib/json";
import { BIG_BYTES, readBigJson } from "./big-json";
import type { QueryFault } from "./types";

/** The server puts its path prefix into <base href="{prefix}/ui/">; the API is one level above. */
export const API_ROOT = new URL("../", document.baseURI).href;

/** By which the server tells the questions of this page from those of others, while they are not answered yet. */
export const PAGE_NAME = Array.from(crypto.getRandomValues(new Uint32Array(3)), (part) =>
  part.toString(36),
).join("-");

/** A reply that is not 2xx, or none at all (`status` 0). */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
    /** The parameter or path the server found fault with. */
    readonly param: string | null = null,
    /** Seconds the server asks us to wait. */
    readonly retryAfter: number | null = null,
    /** Each fault of the request by its place, when the server named some. */
    readonly faults: QueryFault[] = [],
    /** Under which the server's own events tell more. */
    readonly requestId: string | null = null,
  ) {
    super(message);
  }
}

interface Call {
  method?: string;
  query?: Record<string, string | undefined>;
  body?: unknown;
  signal?: AbortSignal;
}

/** Calls the API and gives the parsed reply; whatever goes wrong is an ApiError, or an abort. */
export async function call<Reply>(path: string, { method = "GET", query = {}, body, signal }: Call = {}) {
  const url = new URL(`v1/${path}`, API_ROOT);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(name, value);
  }
  const response = await reach(url, {
    method,
    signal,
    headers: {
      "X-Portlog-Asked-By": PAGE_NAME,
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (!response.ok) throw refusal(response, await response.text());
  const bytes = await response.arrayBuffer();
  try {
    if (bytes.byteLength > BIG_BYTES) return (await readBigJson(bytes)) as Reply;
    return JSON.parse(new TextDecoder().decode(bytes)) as Reply;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw new ApiError(response.status, String(error));
    throw new ApiError(response.status, "The server's reply is not JSON.");
  }
}

async function reach(url: URL, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(0, "The server cannot be reached.");
  }
}

function refusal(response: Response, text: string): ApiError {
  const retryAfter = Number.parseInt(response.headers.get("Retry-After") ?? "", 10);
  const { message, param, faults } = readError(text);
  return new ApiError(
    response.status,
    message ?? (response.statusText || `The server answered ${response.status}.`),
    param,
    Number.isNaN(retryAfter) ? null : retryAfter,
    faults,
    response.headers.get("x-portkey-request-id"),
  );
}

function readError(text: string): { message: string | null; param: string | null; faults: QueryFault[] } {
  try {
    const body = JSON.parse(text) as JsonObject;
    const error = asObject(body.error);
    const errors = asObject(body.data).errors;
    return {
      message: typeof body.message === "string" ? body.message : null,
      param: typeof error.param === "string" ? error.param : null,
      faults: Array.isArray(errors) ? (errors as unknown[]).filter(isFault) : [],
    };
  } catch {
    return { message: null, param: null, faults: [] };
  }
}

function isFault(value: unknown): value is QueryFault {
  const { start, end } = (value ?? {}) as Partial<QueryFault>;
  return typeof start === "number" && typeof end === "number";
}
