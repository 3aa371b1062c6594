/** A time range as people type it. It is said how it was read, so nothing is guessed in silence. */

import { formatSpan, rangeLabel, toIso } from "./time";
import { fromWall, isDay, wallOf } from "./zone";

export interface TypedRange {
  from: string;
  to: string | null;
  /** How it was read. */
  says: string;
}

/** [start, end) of what a word names; an end of null is now and on. */
interface Span {
  start: number;
  end: number | null;
  /** A point in time, not a stretch. */
  point?: boolean;
}

const AROUND_MS = 30 * 60_000;
const DAYS = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

/** Reads "7d", "yesterday", "Tue..", "2026-11-22 14:00..15:00"; a sentence when it cannot. */
export function readRange(text: string, now: number): TypedRange | string {
  const trimmed = text.trim().toLowerCase();
  if (trimmed === "") return "Type a time, such as 24h, yesterday, Tue.. or 2026-11-22 14:00..15:00.";
  if (trimmed === "all") return { from: "all", to: null, says: "All time" };
  const relative = /^(?:last\s+|-)?(\d{1,5})\s*([smhdw])$/.exec(trimmed);
  if (relative) {
    const from = `-${relative[1] ?? ""}${relative[2] ?? ""}`;
    return { from, to: null, says: rangeLabel(from, null) };
  }
  const [left = "", right] = trimmed.split(/\s*(?:\.\.|–|—|\sto\s)\s*/);
  return right === undefined ? readOne(left, now) : readTwo(left, right, now);
}

function readOne(text: string, now: number): TypedRange | string {
  const span = readSpan(text, now);
  if (!span) return notATime(text);
  if (!span.point) return typed(span.start, span.end);
  return typed(span.start - AROUND_MS, span.start + AROUND_MS);
}

function readTwo(left: string, right: string, now: number): TypedRange | string {
  if (left === "" && right === "") return "A range needs at least one end.";
  const start = left === "" ? null : readSpan(left, now);
  if (left !== "" && !start) return notATime(left);
  // "14:00..15:00" of one day; a word such as "now" needs no day.
  const day = start ? start.start : now;
  const end = right === "" || right === "now" ? null : readSpan(right, now, day);
  if (right !== "" && right !== "now" && !end) return notATime(right);
  const until = end && (end.point ? end.start : end.end);
  if (start && until !== null && until <= start.start) return "The range ends before it starts.";
  if (start) return typed(start.start, until);
  return until === null
    ? "A range needs at least one end."
    : { from: "all", to: toIso(until), says: rangeLabel("all", toIso(until)) };
}

function typed(start: number, end: number | null): TypedRange {
  const [from, to] = [toIso(start), end === null ? null : toIso(end)];
  const length = end === null ? "" : ` (${formatSpan(end - start)})`;
  return { from, to, says: rangeLabel(from, to) + length };
}

function notATime(text: string): string {
  return `“${text}” is not a time. Use 24h, yesterday, Tue, 2026-11-22, 14:00 or an epoch.`;
}

/** `day` is the instant whose day a bare clock belongs to. */
function readSpan(text: string, now: number, day = now): Span | null {
  return (
    readWord(text, now) ?? readEpoch(text) ?? readDate(text) ?? readClock(text, day) ?? readAgo(text, now)
  );
}

function readWord(text: string, now: number): Span | null {
  const { year, month, day, weekday } = wallOf(now);
  const whole = (from: number, days = 1): Span => ({
    start: fromWall(year, month, from),
    end: fromWall(year, month, from + days),
  });
  switch (text) {
    case "now":
      return { start: now, end: now, point: true };
    case "today":
      return { start: fromWall(year, month, day), end: null };
    case "yesterday":
      return whole(day - 1);
    case "week":
      return { start: fromWall(year, month, day - ((weekday + 6) % 7)), end: null };
    case "month":
      return { start: fromWall(year, month, 1), end: null };
    case "year":
      return { start: fromWall(year, 1, 1), end: null };
    case "last week":
      return whole(day - ((weekday + 6) % 7) - 7, 7);
    case "last month":
      return { start: fromWall(year, month - 1, 1), end: fromWall(year, month, 1) };
    default: {
      const index = text.length >= 3 ? DAYS.findIndex((name) => name.startsWith(text)) : -1;
      return index < 0 ? null : whole(day - ((weekday - index + 7) % 7));
    }
  }
}

function readEpoch(text: string): Span | null {
  if (!/^(\d{10}|\d{13})$/.test(text)) return null;
  const start = Number(text.padEnd(13, "0"));
  return { start, end: start, point: true };
}

const DATE =
  /^(\d{4})-(\d\d)(?:-(\d\d)(?:[t ]+(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,3}))?)?\s*(z|[+-]\d\d:?\d\d)?)?)?$/;

function readDate(text: string): Span | null {
  const match = DATE.exec(text);
  if (!match) return null;
  const [year, month] = [Number(match[1]), Number(match[2])];
  if (match[3] === undefined) {
    if (month < 1 || month > 12) return null;
    return { start: fromWall(year, month, 1), end: fromWall(year, month + 1, 1) };
  }
  const day = Number(match[3]);
  if (!isDay(year, month, day)) return null;
  if (match[4] === undefined) {
    return { start: fromWall(year, month, day), end: fromWall(year, month, day + 1) };
  }
  const [hour, minute, second] = [Number(match[4]), Number(match[5]), Number(match[6] ?? 0)];
  if (hour > 23 || minute > 59 || second > 59) return null;
  const fraction = Number((match[7] ?? "0").padEnd(3, "0"));
  const start = match[8]
    ? Date.UTC(year, month - 1, day, hour, minute, second) - zoneMs(match[8])
    : fromWall(year, month, day, hour, minute, second);
  return { start: start + fraction, end: start, point: true };
}

function zoneMs(text: string): number {
  if (text === "z") return 0;
  const minutes = Number(text.slice(1, 3)) * 60 + Number(text.slice(-2));
  return (text.startsWith("-") ? -minutes : minutes) * 60_000;
}

function readClock(text: string, on: number): Span | null {
  const match = /^(\d{1,2}):(\d\d)(?::(\d\d))?$/.exec(text);
  if (!match) return null;
  const [hour, minute, second] = [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)];
  if (hour > 24 || minute > 59 || second > 59) return null;
  const { year, month, day } = wallOf(on);
  const start = fromWall(year, month, day, hour, minute, second);
  return { start, end: start, point: true };
}

const UNIT_MS: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

function readAgo(text: string, now: number): Span | null {
  const match = /^-?(\d{1,5})\s*([smhdw])$/.exec(text);
  if (!match) return null;
  const start = now - Number(match[1]) * (UNIT_MS[match[2] ?? ""] ?? 0);
  return { start, end: start, point: true };
}
