/** The rows of a list by their place in it, also of those that are not here any more or not yet again. */

import type { LogRow } from "../api/types";

export interface RowList {
  /** Rows up to the last one loaded. */
  length: number;
  at: (index: number) => LogRow | undefined;
  /** -1: not here. */
  indexOf: (id: string) => number;
  has: (id: string) => boolean;
  /** Some of those that are here, for what they have in common. */
  sample: (count: number) => LogRow[];
}

/** `fresh` stand at the top; then `gap` rows that were dropped; then those that are loaded. */
export function rowList(fresh: LogRow[], gap: number, loaded: LogRow[]): RowList {
  const places = new Map<string, number>();
  const start = fresh.length + gap;
  for (const [index, row] of loaded.entries()) places.set(row.id, start + index);
  for (const [index, row] of fresh.entries()) places.set(row.id, index);
  return {
    length: start + loaded.length,
    at: (index) => (index < fresh.length ? fresh[index] : loaded[index - start]),
    indexOf: (id) => places.get(id) ?? -1,
    has: (id) => places.has(id),
    sample: (count) => [...fresh.slice(0, count), ...loaded.slice(0, Math.max(0, count - fresh.length))],
  };
}
