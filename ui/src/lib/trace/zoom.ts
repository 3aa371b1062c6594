/** The window of time that is looked at: ms since the start of the trace. */
export interface Zoom {
  from: number;
  to: number;
}

/** The least that can be looked at, as a part of the whole. */
const LEAST = 1 / 100_000;

/** "120..4500", as the URL has it; null when it is no window of this trace. */
export function readZoom(text: string | null, whole: number): Zoom | null {
  const match = /^(\d+(?:\.\d+)?)\.\.(\d+(?:\.\d+)?)$/.exec(text ?? "");
  if (!match) return null;
  const from = Number(match[1]);
  const to = Number(match[2]);
  return from < to && from < whole ? within({ from, to }, whole) : null;
}

export function writeZoom(zoom: Zoom, whole: number): string | null {
  if (zoom.from <= 0 && zoom.to >= whole) return null;
  return `${round(zoom.from)}..${round(zoom.to)}`;
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}

/** Moved and cut so that it lies in the trace and is wide enough to be seen. */
export function within({ from, to }: Zoom, whole: number): Zoom {
  const width = Math.min(whole, Math.max(to - from, whole * LEAST));
  const start = Math.max(0, Math.min(from, whole - width));
  return { from: start, to: start + width };
}

/** Narrower (factor below 1) or wider around its middle. */
export function zoomed({ from, to }: Zoom, factor: number, whole: number): Zoom {
  const middle = (from + to) / 2;
  const half = ((to - from) / 2) * factor;
  return within({ from: middle - half, to: middle + half }, whole);
}

/** Moved by a part of its width. */
export function panned({ from, to }: Zoom, part: number, whole: number): Zoom {
  const step = (to - from) * part;
  return within({ from: from + step, to: to + step }, whole);
}

/** A span with some room on both sides. */
export function fitted(start: number, duration: number, whole: number): Zoom {
  const room = Math.max(duration * 0.1, whole / 1000);
  return within({ from: start - room, to: start + duration + room }, whole);
}

/** Where a bar stands in the window, in percent; null when it is outside. */
export function barOf(start: number, duration: number, { from, to }: Zoom) {
  const width = to - from;
  const left = Math.max(0, (start - from) / width);
  const right = Math.min(1, (start + duration - from) / width);
  if (left > 1 || right < 0 || right < left) return null;
  return { left: left * 100, width: (right - left) * 100 };
}

const STEPS = [1, 2, 5];

/** Round moments inside the window, at most `most` of them. */
export function ticks({ from, to }: Zoom, most: number): number[] {
  const least = (to - from) / most;
  if (!(least > 0)) return [];
  const power = 10 ** Math.floor(Math.log10(least));
  const step = (STEPS.find((each) => each * power >= least) ?? 10) * power;
  const found: number[] = [];
  for (let at = Math.ceil(from / step); at * step <= to && found.length <= most; at++) found.push(at * step);
  return found;
}
