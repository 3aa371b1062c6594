/** The shared question as the API's parameters. */

import { resolveRange } from "../lib/time";
import type { Question } from "../lib/url-state";
import { offsetMinutes } from "../lib/zone";

/** A question and the instant from which its relative range is seen: part of every query key. */
export interface Asked extends Question {
  now: number;
}

export function askedAt({ q, from, to }: Question, now: number): Asked {
  return { q, from, to, now };
}

export function questionParams({ q, from, to, now }: Asked) {
  const { min, max } = resolveRange(from, to, now);
  return { q: q || undefined, time_of_generation_min: min, time_of_generation_max: max };
}

/** What graphs are aligned to: minutes east of UTC at that instant. */
export function offsetParams(now: number) {
  return { utc_offset_minutes: String(offsetMinutes(now)) };
}
