import { act, cleanup, render } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { navigate, replaceSearch, searchText, settle, useSearchText } from "../src/lib/address";

function Shown() {
  return <output>{useSearchText()}</output>;
}

const shown = () => document.querySelector("output")?.textContent;
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
  history.pushState(null, "", "/ui/traces/one");
});
afterEach(() => {
  settle();
  cleanup();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test("a single change is in the address at once", () => {
  replaceSearch("?zoom=1");
  expect(location.search).toBe("?zoom=1");
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
  hold(1, 3);
  const replaced = vi.spyOn(history, "replaceState");
  const pushed = vi.spyOn(history, "pushState");
  navigate("/ui/logs");
  expect(replaced.mock.calls.map(([, , to]) => to)).toEqual(["/ui/traces/one?zoom=3"]);
  expect(replaced.mock.invocationCallOrder[0]).toBeLessThan(pushed.mock.invocationCallOrder[0] ?? 0);
  expect([location.pathname, searchText()]).toEqual(["/ui/logs", ""]);
  vi.advanceTimersByTime(1000);
  expect(location.search).toBe("");
});

test("who goes back is not followed by what the page said of itself", () => {
  hold(1, 3);
  window.dispatchEvent(new PopStateEvent("popstate"));
  expect(searchText()).toBe("?zoom=1");
  vi.advanceTimersByTime(1000);
  expect(location.search).toBe("?zoom=1");
});

test("a page that is left or reloaded keeps what it said of itself", () => {
  hold(1, 3);
  window.dispatchEvent(new Event("pagehide"));
  expect(location.search).toBe("?zoom=3");
});
