/** Instants and ranges. A range end is relative to now ("-24h"), an ISO instant, or "all". */

export const DEFAULT_FROM = "-24h";

export const PRESETS = [
  { from: "-15m", label: "Last 15 minutes" },
  { from: "-1h", label: "Last hour" },
  { from: "-24h", label: "Last 24 hours" },
  { from: "-7d", label: "Last 7 days" },
  { from: "-30d", label: "Last 30 days" },
  { from: "all", label: "All time" },
] as const;

const UNIT_MS: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** Milliseconds of "-24h", or null if it is not of that form. */
export function relativeMs(text: string): number | null {
  const match = /^-(\d{1,5})([mhdw])$/.exec(text);
  if (!match) return null;
  const [, count = "", unit = ""] = match;
  return Number(count) * (UNIT_MS[unit] ?? 0);
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
  return `${from === "all" ? "Start" : shortInstant(from)} – ${shortInstant(to)}`;
}

function shortInstant(text: string): string {
  return relativeMs(text) === null ? formatInstant(text).slice(0, -3) : text;
}

const pad = (value: number, width = 2) => String(value).padStart(width, "0");

/** Local "2026-11-22 14:59:58". */
export function formatInstant(iso: string): string {
  const time = new Date(iso);
  const day = `${time.getFullYear()}-${pad(time.getMonth() + 1)}-${pad(time.getDate())}`;
  return `${day} ${clock(time)}`;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** For a column of times: today by the millisecond, other days by date. */
export function formatRowTime(iso: string, now: number): string {
  const time = new Date(iso);
  if (time.toDateString() === new Date(now).toDateString()) {
    return `${clock(time)}.${pad(time.getMilliseconds(), 3)}`;
  }
  const month = MONTHS[time.getMonth()] ?? "";
  const year = time.getFullYear() === new Date(now).getFullYear() ? "" : `${time.getFullYear()} `;
  return `${year}${month} ${pad(time.getDate())} ${clock(time)}`;
}

function clock(time: Date): string {
  return `${pad(time.getHours())}:${pad(time.getMinutes())}:${pad(time.getSeconds())}`;
}

/** Local "14:59:58". */
export function formatClock(iso: string): string {
  return clock(new Date(iso));
}

export function formatAgo(iso: string, now: number): string {
  const seconds = Math.round((now - Date.parse(iso)) / 1000);
  if (seconds < 0) return "in the future";
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}

/** "UTC+01:00", the zone every time on the page is shown in. */
export function zoneLabel(now: number): string {
  const minutes = -new Date(now).getTimezoneOffset();
  if (minutes === 0) return "UTC";
  const size = Math.abs(minutes);
  return `UTC${minutes < 0 ? "-" : "+"}${pad(Math.floor(size / 60))}:${pad(size % 60)}`;
}

/** The value of <input type="datetime-local"> for an instant, and back with the local offset. */
export function toLocalInput(ms: number): string {
  return formatInstant(new Date(ms).toISOString()).replace(" ", "T");
}

export function fromLocalInput(text: string): string {
  const time = new Date(text);
  const zone = zoneLabel(time.getTime()).slice(3);
  return `${formatInstant(time.toISOString()).replace(" ", "T")}${zone || "Z"}`;
}
