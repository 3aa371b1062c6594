import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, cleanup, renderHook, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, expect, test, vi } from "vitest";
import { PAGE_SIZE, questionOf, ROWS_MAX } from "../src/api/logs";
import type { LogRow } from "../src/api/types";
import { useLogList } from "../src/parts/useLogList";

const PAGES = ROWS_MAX / PAGE_SIZE;
const MORE = 3;
const QUIET = { fresh: [] as LogRow[], changed: new Map<string, LogRow>() };
const QUESTION = questionOf({ q: "", from: "all", to: "", sort: { field: "time", direction: "desc" } }, 0);

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

/** A server with more logs than a list keeps: `row-0`, `row-1` … The cursor is a page's number. */
function serve() {
  const asked: string[] = [];
  vi.stubGlobal("fetch", (url: URL) => {
    const cursor = url.searchParams.get("cursor") ?? "0";
    asked.push(cursor);
    const first = Number(cursor) * PAGE_SIZE;
    const data = Array.from({ length: PAGE_SIZE }, (_, at) => ({ id: `row-${first + at}` }));
    const next = Number(cursor) + 1;
    return Promise.resolve(Response.json({ data, next_cursor: next < PAGES + MORE ? String(next) : null }));
  });
  return asked;
}

function openList() {
  const client = new QueryClient();
  const wrapper = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={client}>{children}</QueryClientProvider>
  );
  const { result } = renderHook(() => useLogList(QUESTION, true, QUIET), { wrapper });
  const rest = () => waitFor(() => expect(result.current.isFetching).toBe(false), { interval: 1 });
  const see = async (first: number, last: number) => {
    act(() => result.current.seen(first, last));
    await rest();
  };
  const toTheEnd = async () => {
    await rest();
    while (result.current.hasNextPage)
      await see(result.current.list.length - 20, result.current.list.length - 1);
  };
  return { list: () => result.current.list, see, toTheEnd };
}

/** The places whose rows are here, first and last, and that each has the row that belongs there. */
function kept(list: { length: number; at: (index: number) => LogRow | undefined }) {
  const here = Array.from({ length: list.length }, (_, index) => index).filter((index) => list.at(index));
  for (const index of here) expect(list.at(index)?.id).toBe(`row-${index}`);
  return [here[0], here.at(-1), here.length];
}

test("of more than 20,000 rows the far end is dropped, and fetched again when it is scrolled to", async () => {
  const asked = serve();
  const { list, see, toTheEnd } = openList();
  await toTheEnd();
  expect(kept(list())).toEqual([MORE * PAGE_SIZE, (PAGES + MORE) * PAGE_SIZE - 1, ROWS_MAX]);
  expect(asked).toHaveLength(PAGES + MORE);
  await see(MORE * PAGE_SIZE, MORE * PAGE_SIZE + 20);
  expect(asked.at(-1)).toBe(String(MORE - 1));
  expect(kept(list())).toEqual([(MORE - 1) * PAGE_SIZE, (PAGES + MORE - 1) * PAGE_SIZE - 1, ROWS_MAX]);
});

test("far before the rows that are kept, the list begins anew", async () => {
  const asked = serve();
  const { list, see, toTheEnd } = openList();
  await toTheEnd();
  await see(0, 20);
  expect(asked).toHaveLength(PAGES + MORE + 1);
  expect(kept(list())).toEqual([0, PAGE_SIZE - 1, PAGE_SIZE]);
});
