/** Counts, money and durations as people read them. Unknown is "–", never 0. */

export const UNKNOWN = "–";

const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

export function formatCount(value: number | null): string {
  return value === null ? UNKNOWN : grouped.format(value);
}

/** Dollars from the API's cents: enough digits to tell small prices apart, no more. */
export function formatCost(cents: number | null): string {
  if (cents === null) return UNKNOWN;
  const dollars = cents / 100;
  if (dollars === 0) return "$0";
  if (dollars < 0.0001) return "<$0.0001";
  return `$${dollars.toFixed(dollars < 1 ? 4 : 2)}`;
}

/** "31,204", "0.41 M": short from a hundred thousand on. */
export function formatCompact(value: number | null): string {
  if (value === null || value < 100_000) return formatCount(value);
  const [size, unit] = value < 1e9 ? [1e6, "M"] : [1e9, "B"];
  return `${(value / size).toFixed(value < size * 10 ? 2 : 1)} ${unit}`;
}

/** "+1", "-0.5": a rating, or the mean of some. */
export function formatRating(value: number | null): string {
  if (value === null) return UNKNOWN;
  const text = String(Math.round(value * 100) / 100);
  return value > 0 ? `+${text}` : text;
}

/** "0 %", "0.4 %", "12 %": of a whole that may be nothing. */
export function formatShare(part: number, whole: number): string {
  if (whole === 0) return UNKNOWN;
  const share = (part / whole) * 100;
  if (share > 0 && share < 0.1) return "<0.1 %";
  return `${share < 10 && share !== 0 ? share.toFixed(1).replace(/\.0$/, "") : Math.floor(share)} %`;
}

/** "820 ms", "5.1 s", "2 min 05 s". */
export function formatLatency(ms: number | null): string {
  if (ms === null) return UNKNOWN;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(ms < 9_950 ? 2 : 1)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, "0")} s`;
}

/** A round time on a ruler: "2 s", "1.5 s". */
export function formatTick(ms: number): string {
  return formatLatency(ms).replace(/\.(\d*?)0+ s$/, (_, kept: string) => (kept ? `.${kept} s` : " s"));
}

export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(1)} KB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

/** "1 log", "311 logs". */
export function plural(count: number, noun: string): string {
  return `${grouped.format(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** Dollars with the digits that small parts of a cost need: "$0.0000175". */
export function formatUsd(usd: number | null): string {
  if (usd === null) return UNKNOWN;
  if (usd === 0) return "$0";
  return `$${usd >= 1 ? usd.toFixed(4) : Number(usd.toPrecision(4)).toFixed(decimalsOf(usd)).replace(/0+$/, "")}`;
}

function decimalsOf(usd: number): number {
  return Math.min(12, Math.max(4, 3 - Math.floor(Math.log10(usd))));
}
