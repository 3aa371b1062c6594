/** What becomes of new rows: they enter, or wait until the reader wants them. */

import { ROWS_MAX } from "../api/logs";
import type { LogRow } from "../api/types";

/** Of a quarter of a second: 200 rows a second. Of more a sample is shown. */
const BATCH_ROWS_MAX = 50;
/** So many wait; of more, only their number is kept. */
const WAITING_MAX = 2000;

/** Both newest first. */
export interface LiveRows {
  /** In the list. */
  fresh: LogRow[];
  waiting: LogRow[];
  /** Counted, not kept. */
  beyond: number;
  /** Rows of the list itself that came again: a call was completed. */
  changed: ReadonlyMap<string, LogRow>;
  /** Of the last batch, not all is shown. */
  sampled: boolean;
}

export const NO_ROWS: LiveRows = { fresh: [], waiting: [], beyond: 0, changed: new Map(), sampled: false };

/** All that waits is in the list. */
export function withEntered({ fresh, waiting, ...rest }: LiveRows): LiveRows {
  return { ...rest, fresh: [...waiting, ...fresh].slice(0, ROWS_MAX), waiting: [], beyond: 0 };
}

/** A batch came, of which the server left out `skipped`. */
export function withBatch(before: LiveRows, batch: LogRow[], skipped: number, mayEnter: boolean): LiveRows {
  const shown = sample(batch, BATCH_ROWS_MAX);
  const lost = batch.length - shown.length + skipped;
  // A log that was completed comes again, and takes its place.
  const again = new Map(shown.map((row) => [row.id, row]));
  const fresh = before.fresh.map((row) => {
    const newer = again.get(row.id);
    again.delete(row.id);
    return newer ?? row;
  });
  const others = before.waiting.filter(({ id }) => !again.has(id));
  const waiting = [...again.values(), ...others].sort(newestFirst);
  const next: LiveRows = {
    ...before,
    fresh,
    waiting: waiting.slice(0, WAITING_MAX),
    beyond: before.beyond + Math.max(0, waiting.length - WAITING_MAX) + lost,
    sampled: lost > 0,
  };
  return mayEnter ? withEntered(next) : next;
}

/** Rows that the list has already came again. */
export function withChanged(before: LiveRows, rows: LogRow[]): LiveRows {
  if (rows.length === 0) return before;
  return { ...before, changed: new Map([...before.changed, ...rows.map((row) => [row.id, row] as const)]) };
}

function newestFirst(a: LogRow, b: LogRow): number {
  return a.created_at < b.created_at ? 1 : a.created_at > b.created_at ? -1 : 0;
}

/** `count` of them, evenly. */
function sample(rows: LogRow[], count: number): LogRow[] {
  if (rows.length <= count) return rows;
  return Array.from({ length: count }, (_, index) => rows[Math.floor((index * rows.length) / count)]).filter(
    (row) => row !== undefined,
  );
}
