/** Instants and ranges. A range end is relative to now ("-24h"), an ISO instant, or "all". */

import { offsetText, wallOf, type Wall } from "./zone";

export { zoneLabel } from "./zone";

export const DEFAULT_FROM = "-24h";

export const PRESETS = [
  { from: "-15m", label: "Last 15 minutes" },
  { from: "-1h", label: "Last hour" },
  { from: "-24h", label: "Last 24 hours" },
  { from: "-7d", label: "Last 7 days" },
  { from: "-30d", label: "Last 30 days" },
  { from: "all", label: "All time" },
] as const;

const UNIT_MS: Record<string, number> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** Milliseconds of "-24h", or null if it is not of that form. */
export function relativeMs(text: string): number | null {
  const match = /^-(\d{1,5})([smhdw])$/.exec(text);
  if (!match) return null;
  const [, count = "", unit = ""] = match;
  return Number(count) * (UNIT_MS[unit] ?? 0);
}

/** Whether the last hour would be a shorter range, and faster. */
export function isLong(from: string): boolean {
  return (relativeMs(from) ?? Infinity) > 3_600_000;
}

/** True for an ISO date and time with its offset: without one we would have to guess. */
export function isInstant(text: string): boolean {
  const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/;
  return iso.test(text) && !Number.isNaN(Date.parse(text));
}

/** What is wrong with a range, as a sentence; null when it can be used. */
export function rangeProblem(from: string, to: string | null): string | null {
  if (from !== "all" && relativeMs(from) === null && !isInstant(from)) {
    return `“${from}” is not a time. Use -24h, all, or 2026-11-22T14:00:00Z.`;
  }
  if (to !== null && !isInstant(to)) return `“${to}” is not a time. Use 2026-11-22T14:00:00Z.`;
  if (to !== null && isInstant(from) && Date.parse(from) >= Date.parse(to)) {
    return "The range ends before it starts.";
  }
  return null;
}

/** The range as the API wants it, [min, max), seen from `now` (ms). */
export function resolveRange(from: string, to: string | null, now: number) {
  const ago = relativeMs(from);
  const start = ago === null ? from : new Date(now - ago).toISOString();
  return { min: from === "all" ? undefined : start, max: to ?? undefined };
}

export function rangeLabel(from: string, to: string | null): string {
  const preset = PRESETS.find((each) => each.from === from);
  if (to === null && preset) return preset.label;
  if (to === null) return relativeMs(from) === null ? `Since ${shortInstant(from)}` : `Last ${from.slice(1)}`;
  const start = from === "all" ? "Start" : shortInstant(from);
  const end = shortInstant(to);
  // The day is not said twice.
  return `${start} – ${start.slice(0, 10) === end.slice(0, 10) ? end.slice(11) : end}`;
}

/** To the minute, unless seconds matter. */
function shortInstant(text: string): string {
  if (relativeMs(text) !== null) return text;
  return formatInstant(text).replace(/:00$/, "");
}

const pad = (value: number, width = 2) => String(value).padStart(width, "0");

/** "2026-11-22 14:59:58" */
export function formatInstant(iso: string): string {
  const wall = wallOf(Date.parse(iso));
  return `${dayOf(wall)} ${clock(wall)}`;
}

function dayOf({ year, month, day }: Wall): string {
  return `${year}-${pad(month)}-${pad(day)}`;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** For a column of times: today by the millisecond, other days by date. */
export function formatRowTime(iso: string, now: number): string {
  const wall = wallOf(Date.parse(iso));
  const today = wallOf(now);
  if (dayOf(wall) === dayOf(today)) return `${clock(wall)}.${pad(wall.ms, 3)}`;
  const year = wall.year === today.year ? "" : `${wall.year} `;
  return `${year}${formatDay(wall)} ${clock(wall)}`;
}

/** "Nov 22" */
export function formatDay({ month, day }: Pick<Wall, "month" | "day">): string {
  return `${MONTHS[month - 1] ?? ""} ${pad(day)}`;
}

function clock({ hour, minute, second }: Wall): string {
  return `${pad(hour)}:${pad(minute)}:${pad(second)}`;
}

/** "14:59:58" */
export function formatClock(iso: string): string {
  return clock(wallOf(Date.parse(iso)));
}

export function formatAgo(iso: string, now: number): string {
  const seconds = Math.round((now - Date.parse(iso)) / 1000);
  // A sender's clock may be a little ahead of ours.
  if (seconds < 0) return seconds > -60 ? "just now" : "in the future";
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}

/** "2026-11-22T14:00:00+01:00": how an instant stands in a URL. */
export function toIso(ms: number): string {
  const wall = wallOf(ms);
  const fraction = wall.ms > 0 ? `.${pad(wall.ms, 3)}` : "";
  return `${dayOf(wall)}T${clock(wall)}${fraction}${offsetText(ms)}`;
}

/** "1 h", "90 min", "3 d 4 h": how long a range is, in at most two units. */
export function formatSpan(ms: number): string {
  const units: [number, string][] = [
    [86_400_000, "d"],
    [3_600_000, "h"],
    [60_000, "min"],
    [1000, "s"],
    [1, "ms"],
  ];
  const first = units.findIndex(([size]) => ms >= size);
  const [size, name] = units[first] ?? [1, "ms"];
  const [nextSize, nextName] = units[first + 1] ?? [1, ""];
  const rest = Math.floor((ms % size) / nextSize);
  return `${Math.floor(ms / size)} ${name}${rest > 0 && nextName ? ` ${rest} ${nextName}` : ""}`;
}
