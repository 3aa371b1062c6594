import { afterEach, expect, test, vi } from "vitest";
import { ApiError, call } from "../src/api/client";
import { problemOf } from "../src/parts/server-problem";

afterEach(() => vi.unstubAllGlobals());

function answerWith(body: string, init: ResponseInit) {
  const fetch = vi.fn<typeof globalThis.fetch>(() => Promise.resolve(new Response(body, init)));
  vi.stubGlobal("fetch", fetch);
  return fetch;
}

test("the API is one level above the pages, and what is not said is not sent", async () => {
  const fetch = answerWith("{}", {});
  await call("logs", { query: { q: "a b", cursor: undefined } });
  expect(fetch.mock.calls[0]?.[0]).toEqual(new URL("http://localhost/v1/logs?q=a+b"));
});

test("a refusal says what, where and when", async () => {
  const body = JSON.stringify({
    message: "bad status",
    error: { message: "bad status", param: "status_code" },
  });
  answerWith(body, { status: 400, headers: { "Retry-After": "7" } });
  const error = await call("logs").catch((caught: unknown) => caught);
  expect(error).toMatchObject({ status: 400, message: "bad status", param: "status_code", retryAfter: 7 });
  expect(problemOf(error as Error)).toEqual({ at: "status_code", message: "bad status" });
  expect(problemOf(new ApiError(400, "bad", "time_of_generation_min"))?.at).toBe("time");
  expect(problemOf(new ApiError(500, "broken", "q"))).toBeNull();
});

test("a server that is away, or talks nonsense, is an ApiError too", async () => {
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("network")));
  await expect(call("logs")).rejects.toEqual(new ApiError(0, "The server cannot be reached."));
  answerWith("<html>", { status: 200 });
  await expect(call("logs")).rejects.toMatchObject({ message: "The server's reply is not JSON." });
  answerWith("<html>", { status: 502, statusText: "Bad Gateway" });
  await expect(call("logs")).rejects.toMatchObject({ status: 502, message: "Bad Gateway" });
});
