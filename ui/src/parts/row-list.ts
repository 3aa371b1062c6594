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

/** `fresh` stand at the top, unless a page has them; then `gap` rows that were dropped; then the pages. */
export function rowList(fresh: LogRow[], gap: number, pages: LogRow[][], changed = NONE_CHANGED): RowList {
  const above =
    pages.length > 0 ? fresh.filter(({ id }) => !pages.some((page) => placesIn(page).has(id))) : fresh;
  const loaded = pages.flat();
  const start = above.length + gap;
  const asItIs = (row: LogRow | undefined) => row && (changed.get(row.id) ?? row);
  const indexOf = (id: string) => {
    let before = start;
    for (const page of pages) {
      const place = placesIn(page).get(id);
      if (place !== undefined) return before + place;
      before += page.length;
    }
    return placesIn(above).get(id) ?? -1;
  };
  return {
    length: start + loaded.length,
    at: (index) => asItIs(index < above.length ? above[index] : loaded[index - start]),
    indexOf,
    has: (id) => indexOf(id) >= 0,
    sample: (count) => [...above.slice(0, count), ...loaded.slice(0, Math.max(0, count - above.length))],
  };
}

const NONE_CHANGED: ReadonlyMap<string, LogRow> = new Map();

/** Made once for a page, not with each page that is loaded after it. */
const PLACES = new WeakMap<LogRow[], Map<string, number>>();

function placesIn(page: LogRow[]): Map<string, number> {
  let places = PLACES.get(page);
  if (!places) {
    places = new Map(page.map(({ id }, place) => [id, place]));
    PLACES.set(page, places);
  }
  return places;
}
