/** Where a stream paused, as far as its sender timed the chunks. */

import { asList, asObject, type Json } from "./json";

export interface Gap {
  /** Milliseconds after the call began. */
  at: number;
  ms: number;
}

/** Of the span as it is stored: pauses of over a second, the first one first (`gaps` of its events). */
export function gapsOf(raw: Json | undefined): Gap[] {
  const { startTimeUnixNano, events } = asObject(asObject(raw).span);
  const began = Number(startTimeUnixNano);
  if (!Number.isFinite(began)) return [];
  return asList(events)
    .flatMap((event) => asList(asObject(event).gaps))
    .map((gap) => asList(gap).map(Number))
    .flatMap(([from = NaN, to = NaN]) =>
      to > from ? [{ at: (from - began) / 1e6, ms: (to - from) / 1e6 }] : [],
    );
}
