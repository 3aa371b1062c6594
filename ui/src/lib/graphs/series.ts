/** From a graph's reply to lines over time. Empty buckets are gaps for averages, zero for counts. */

import type { GraphSpec } from "./specs";

export type Point = Record<string, unknown>;

interface Part {
  summary: Record<string, unknown>;
  data_points: Point[];
}

/** `GET /v1/analytics/graphs/…` */
export interface GraphReply extends Part {
  from: number;
  to: number;
  bucket_ms: number;
  series?: (Part & { key: string | null; other?: boolean })[];
  previous?: Part & { from: number; to: number };
}

export interface Line {
  label: string;
  /** One a bucket; null is a gap. */
  values: (number | null)[];
  /** Of the range before. */
  before: boolean;
  /** What the line is of, when it is not all that is asked; a clause of the query language, or values of the split. */
  of: LineOf | null;
}

export type LineOf =
  | { kind: "clause"; clause: string }
  | { kind: "value"; value: string }
  /** All but these. */
  | { kind: "others"; values: string[] };

export interface Chart {
  /** Begins of the buckets, ms. */
  times: number[];
  lines: Line[];
}

const OTHERS = "others";

export function chartOf(spec: GraphSpec, reply: GraphReply): Chart {
  const times = reply.data_points.map(({ timestamp }) => Date.parse(String(timestamp)));
  if (reply.series && spec.split) {
    const { split } = spec;
    const named = reply.series.flatMap(({ key, other }) => (other || key === null ? [] : [key]));
    return {
      times,
      lines: reply.series.map(({ key, other, data_points }) => ({
        label: other ? OTHERS : key || "(none)",
        of: other ? { kind: "others", values: named } : { kind: "value", value: key ?? "" },
        before: false,
        values: valuesOf(split, data_points),
      })),
    };
  }
  const now = linesOf(spec, reply.data_points, false);
  const before = reply.previous ? linesOf(spec, reply.previous.data_points, true) : [];
  return {
    times,
    lines: [...now, ...before.map((line) => ({ ...line, values: fit(line.values, times.length) }))],
  };
}

function linesOf(spec: GraphSpec, points: Point[], before: boolean): Line[] {
  const suffix = before ? " before" : "";
  if (spec.stacks) {
    return codesOf(points).map((code) => ({
      label: `${code}${suffix}`,
      of: { kind: "clause", clause: `status:${code}` },
      before,
      values: points.map((point) => countOf(point, code)),
    }));
  }
  return spec.lines.map((line) => ({
    label: line.label + suffix,
    of: line.finds ? { kind: "clause", clause: line.finds } : null,
    before,
    values: valuesOf(line, points),
  }));
}

function valuesOf({ field, gaps }: { field: string; gaps: boolean }, points: Point[]): (number | null)[] {
  return points.map((point) => {
    const value = numberOf(point[field]);
    return gaps && point.count === 0 ? null : value;
  });
}

/** A list of {count} stands for its sum: tries of retries. */
function numberOf(value: unknown): number | null {
  if (typeof value === "number") return value;
  if (Array.isArray(value)) {
    return value.reduce<number>((sum, each) => sum + ((each as { count?: number }).count ?? 0), 0);
  }
  return null;
}

interface Stat {
  response_status_code: number;
  count: number;
}

function codesOf(points: Point[]): string[] {
  const codes = new Set<string>();
  for (const point of points)
    for (const stat of point.stats as Stat[]) codes.add(String(stat.response_status_code));
  return [...codes].sort();
}

function countOf(point: Point, code: string): number {
  return (point.stats as Stat[]).find((stat) => String(stat.response_status_code) === code)?.count ?? 0;
}

function fit(values: (number | null)[], length: number): (number | null)[] {
  return Array.from({ length }, (_, index) => values[index] ?? null);
}

/** The range of the bucket that begins at `time`, inside the asked range; or of the one before that it is compared with. */
export function bucketAt(reply: GraphReply, time: number, before = false): { from: number; to: number } {
  const range = before && reply.previous ? reply.previous : reply;
  const begin = time - (reply.from - range.from);
  return { from: Math.max(begin, range.from), to: Math.min(begin + reply.bucket_ms, range.to) };
}

/** As a table: a row a bucket, a column a line. */
export function rowsOf(
  { times, lines }: Chart,
  timeText: (ms: number) => string,
): (string | number | null)[][] {
  return [
    ["time", ...lines.map(({ label }) => label)],
    ...times.map((time, index) => [timeText(time), ...lines.map(({ values }) => values[index] ?? null)]),
  ];
}
