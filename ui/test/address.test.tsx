import { act, cleanup, render } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { navigate, replaceSearch, searchText, settle, useSearchText } from "../src/lib/address";

function Shown() {
  return <output>{useSearchText()}</output>;
}

const shown = () => document.querySelector("output")?.textContent;
let after = Date.now();
/** As fast as a key repeats that is held down. */
const hold = (from: number, to: number) => {
  for (let at = from; at <= to; at += 1) {
    act(() => replaceSearch(`?zoom=${at}`));
    act(() => {
      vi.advanceTimersByTime(33);
    });
  }
};

beforeEach(() => {
  vi.useFakeTimers();
  vi.setSystemTime((after += 60_000)); // what was written before counts no more
  history.pushState(null, "", "/ui/traces/one");
});
afterEach(() => {
  settle();
  cleanup();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test("what is done step by step is in the address at once", () => {
  for (const step of [1, 2, 3, 4, 5]) {
    replaceSearch(`?zoom=${step}`);
    expect(location.search).toBe(`?zoom=${step}`);
  }
});

test("a key held down changes the page each time, and the address no faster than Safari allows", () => {
  render(<Shown />);
  const written = vi.spyOn(history, "replaceState");
  hold(1, 900);
  expect(shown()).toBe("?zoom=900");
  expect(searchText()).toBe("?zoom=900");
  expect(written.mock.calls.length).toBeLessThan(100);
  act(() => {
    vi.advanceTimersByTime(400);
  });
  expect(location.search).toBe("?zoom=900");
});

test("who goes on comes back to what was seen last", () => {
  hold(1, 30);
  expect(location.search).not.toBe("?zoom=30");
  const replaced = vi.spyOn(history, "replaceState");
  const pushed = vi.spyOn(history, "pushState");
  navigate("/ui/logs");
  expect(replaced.mock.calls.map(([, , to]) => to)).toEqual(["/ui/traces/one?zoom=30"]);
  expect(replaced.mock.invocationCallOrder[0]).toBeLessThan(pushed.mock.invocationCallOrder[0] ?? 0);
  expect([location.pathname, searchText()]).toEqual(["/ui/logs", ""]);
  vi.advanceTimersByTime(1000);
  expect(location.search).toBe("");
});

test("who goes back is not followed by what the page said of itself", () => {
  hold(1, 30);
  const written = location.search;
  window.dispatchEvent(new PopStateEvent("popstate"));
  expect(searchText()).toBe(written);
  vi.advanceTimersByTime(1000);
  expect(location.search).toBe(written);
});

test("a page that is left keeps what it said of itself", () => {
  hold(1, 30);
  window.dispatchEvent(new Event("pagehide"));
  expect(location.search).toBe("?zoom=30");
});
