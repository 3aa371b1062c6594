/** The geometry of a histogram, and what a piece of it says. */

import { formatCount } from "./numbers";
import { formatDay, formatSpan } from "./time";
import { wallOf } from "./zone";

export interface Bucket {
  at: number;
  ok: number;
  error: number;
}

export interface Bar {
  x: number;
  width: number;
  /** Tops and heights, px from above. */
  ok: { y: number; height: number };
  error: { y: number; height: number };
}

/** What there is, is seen: at least so much, px. */
const LEAST_PX = 2;

/** Bars of a histogram `width` x `height` px: ok below, error above. */
export function barsOf(buckets: Bucket[], width: number, height: number): Bar[] {
  const highest = Math.max(1, ...buckets.map(({ ok, error }) => ok + error));
  const step = width / Math.max(1, buckets.length);
  const gap = step > 6 ? 2 : step > 3 ? 1 : 0;
  const size = (count: number) => (count === 0 ? 0 : Math.max(LEAST_PX, (count / highest) * height));
  return buckets.map(({ ok, error }, index) => {
    const errorHeight = size(error);
    const okHeight = Math.min(size(ok), height - errorHeight);
    return {
      x: index * step,
      width: Math.max(0.5, step - gap),
      ok: { y: height - okHeight, height: okHeight },
      error: { y: height - okHeight - errorHeight, height: errorHeight },
    };
  });
}

/** The bucket under a place, px from the left. */
export function bucketAt(x: number, width: number, count: number): number {
  return Math.min(Math.max(Math.floor((x / Math.max(1, width)) * count), 0), count - 1);
}

/** Buckets first..last, in whichever order, as the range they span. */
export function rangeOf(buckets: Bucket[], bucketMs: number, a: number, b: number) {
  const first = buckets[Math.min(a, b)];
  const last = buckets[Math.max(a, b)];
  return first && last ? { from: first.at, to: last.at + bucketMs } : null;
}

/** "Nov 22 14:00 – 14:05 · 12 ok · 3 errors" */
export function sayBuckets(buckets: Bucket[], bucketMs: number, a: number, b: number): string {
  const range = rangeOf(buckets, bucketMs, a, b);
  if (!range) return "";
  const chosen = buckets.slice(Math.min(a, b), Math.max(a, b) + 1);
  const ok = chosen.reduce((sum, each) => sum + each.ok, 0);
  const error = chosen.reduce((sum, each) => sum + each.error, 0);
  const errors = `${formatCount(error)} ${error === 1 ? "error" : "errors"}`;
  return `${sayRange(range.from, range.to, bucketMs)} · ${formatCount(ok)} ok · ${errors}`;
}

const DAY_MS = 86_400_000;

function sayRange(from: number, to: number, bucketMs: number): string {
  if (bucketMs >= DAY_MS) {
    const [first, last] = [formatDay(wallOf(from)), formatDay(wallOf(to - 1))];
    return first === last ? first : `${first} – ${last}`;
  }
  const start = `${formatDay(wallOf(from))} ${clockOf(from, bucketMs)}`;
  const sameDay = wallOf(from).day === wallOf(to - 1).day;
  return `${start} – ${sameDay ? "" : `${formatDay(wallOf(to))} `}${clockOf(to, bucketMs)}`;
}

const pad = (value: number) => String(value).padStart(2, "0");

function clockOf(ms: number, bucketMs: number): string {
  const { hour, minute, second } = wallOf(ms);
  return `${pad(hour)}:${pad(minute)}${bucketMs < 60_000 ? `:${pad(second)}` : ""}`;
}

export interface Tick {
  /** Share of the width, 0..1. */
  at: number;
  label: string;
}

const TICKS_MAX = 7;

/** A few labels under the bars, at starts of buckets that are round. */
export function ticksOf(buckets: Bucket[], bucketMs: number): Tick[] {
  const first = buckets[0];
  if (!first) return [];
  const days = bucketMs * buckets.length > 2 * DAY_MS;
  const every = Math.ceil(buckets.length / TICKS_MAX);
  return buckets.flatMap(({ at }, index) => {
    if (index % every !== 0 || index + every / 2 > buckets.length) return [];
    const label = days && bucketMs >= DAY_MS / 4 ? formatDay(wallOf(at)) : clockOf(at, bucketMs);
    const day = days && bucketMs < DAY_MS / 4 ? `${formatDay(wallOf(at))} ` : "";
    return [{ at: index / buckets.length, label: day + label }];
  });
}

/** "5 min a bar" */
export function sayBucket(bucketMs: number): string {
  return `${formatSpan(bucketMs)} a bar`;
}
