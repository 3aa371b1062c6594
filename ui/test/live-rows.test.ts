import { expect, test } from "vitest";
import type { LogRow } from "../src/api/types";
import { NO_ROWS, withBatch, withEntered } from "../src/parts/live-rows";

const rows = (from: number, to: number): LogRow[] =>
  Array.from(
    { length: to - from },
    (_, index) =>
      ({
        id: `${to - index}`,
        created_at: `2026-11-22T00:00:00.${String(to - index).padStart(3, "0")}Z`,
      }) as LogRow,
  );
const ids = (list: LogRow[]) => list.map(({ id }) => Number(id));

test("rows enter on top while nobody looks at one, else they wait and are counted", () => {
  const entered = withBatch(NO_ROWS, rows(0, 3), 0, true);
  expect(ids(entered.fresh)).toEqual([3, 2, 1]);
  const waiting = withBatch(withBatch(entered, rows(3, 5), 0, false), rows(5, 6), 0, false);
  expect([ids(waiting.fresh), ids(waiting.waiting)]).toEqual([
    [3, 2, 1],
    [6, 5, 4],
  ]);
  expect(ids(withEntered(waiting).fresh)).toEqual([6, 5, 4, 3, 2, 1]);
});

test("a log that comes again takes its place", () => {
  const entered = withBatch(NO_ROWS, rows(0, 3), 0, true);
  const again = withBatch(entered, [{ ...rows(1, 2)[0], preview: "done" } as LogRow], 0, true);
  expect(ids(again.fresh)).toEqual([3, 2, 1]);
  expect(again.fresh[1]?.preview).toBe("done");
});

test("of too many a sample is shown, and all are counted", () => {
  const waiting = withBatch(NO_ROWS, rows(0, 200), 100, false);
  expect(waiting.waiting).toHaveLength(50);
  expect(waiting.waiting.length + waiting.beyond).toBe(300);
  expect(waiting.sampled).toBe(true);
  expect(withBatch(waiting, rows(200, 201), 0, false).sampled).toBe(false);
});

test("thousands do not pile up", () => {
  let state = NO_ROWS;
  for (let batch = 0; batch < 60; batch += 1)
    state = withBatch(state, rows(batch * 50, batch * 50 + 50), 0, false);
  expect(state.waiting).toHaveLength(2000);
  expect(state.beyond).toBe(1000);
});
