/** The zone that times are shown and read in: the reader's own, or UTC. */

const KEY = "portlog.zone";

export type Zone = "local" | "utc";

let zone: Zone = stored();

function stored(): Zone {
  try {
    return localStorage.getItem(KEY) === "utc" ? "utc" : "local";
  } catch {
    return "local";
  }
}

export function currentZone(): Zone {
  return zone;
}

/** Kept in this browser. What is on the page must be drawn anew: see parts/useZone. */
export function setZone(next: Zone) {
  zone = next;
  localStorage.setItem(KEY, next);
}

/** Minutes east of UTC at an instant. */
export function offsetMinutes(ms: number): number {
  return zone === "utc" ? 0 : -new Date(ms).getTimezoneOffset();
}

/** What calendar and clock on the wall show. */
export interface Wall {
  year: number;
  /** 1..12 */
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  ms: number;
  /** 0 is Sunday. */
  weekday: number;
}

export function wallOf(ms: number): Wall {
  const time = new Date(ms + offsetMinutes(ms) * 60_000);
  return {
    year: time.getUTCFullYear(),
    month: time.getUTCMonth() + 1,
    day: time.getUTCDate(),
    hour: time.getUTCHours(),
    minute: time.getUTCMinutes(),
    second: time.getUTCSeconds(),
    ms: time.getUTCMilliseconds(),
    weekday: time.getUTCDay(),
  };
}

/** The instant at which the wall shows this; days and months may overflow, as in Date. */
export function fromWall(year: number, month: number, day: number, hour = 0, minute = 0, second = 0): number {
  return zone === "utc"
    ? Date.UTC(year, month - 1, day, hour, minute, second)
    : new Date(year, month - 1, day, hour, minute, second).getTime();
}

/** Whether such a day is on the calendar. */
export function isDay(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

const pad = (value: number) => String(value).padStart(2, "0");

/** "+01:00", "Z". */
export function offsetText(ms: number): string {
  const minutes = offsetMinutes(ms);
  if (minutes === 0) return "Z";
  const size = Math.abs(minutes);
  return `${minutes < 0 ? "-" : "+"}${pad(Math.floor(size / 60))}:${pad(size % 60)}`;
}

/** "UTC+01:00": the zone every time on the page is shown in. */
export function zoneLabel(ms: number): string {
  const text = offsetText(ms);
  return text === "Z" ? "UTC" : `UTC${text}`;
}
