import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { graphQuery, type GraphQuestion } from "../api/analytics";
import { copyText } from "../lib/clipboard";
import { csvOf } from "../lib/csv";
import { early } from "../lib/early";
import { lookOf } from "../lib/graphs/look";
import { bucketAt, chartOf, rowsOf, type Line } from "../lib/graphs/series";
import type { GraphSpec } from "../lib/graphs/specs";
import { formatUnit } from "../lib/graphs/units";
import { formatInstant, formatSpan, toIso, zoneLabel } from "../lib/time";
import { announce } from "../ui/announce";
import { Button } from "../ui/Button";
import { SafeText } from "../ui/SafeText";
import { useMedia } from "../ui/useMedia";
import { Boundary } from "./Boundary";
import { ErrorBox } from "./ErrorBox";
import styles from "./GraphCard.module.css";
import { failureOf } from "./server-problem";
import { useListedKeys, useShortcuts } from "./shortcuts";

const [Chart] = early(
  async () => (await import("../ui/Chart")).default,
  () => <div className={styles.waiting} />,
);

interface Props {
  spec: GraphSpec;
  question: GraphQuestion;
  onZoom: (from: string, to: string) => void;
  /** The logs of a bucket, of one line or of all. */
  onLogs: (from: string, to: string, line: Line | null) => void;
}

/** Bound by the chart itself. */
const LISTED: [string[], string][] = [
  [["ArrowLeft", "ArrowRight"], "cursor; with Shift select"],
  [["ArrowUp", "ArrowDown"], "choose a line"],
  [["Enter"], "logs of the point, or zoom"],
  [["s"], "hide or show the line"],
];
const NONE: [string[], string][] = [];

/** One graph: its figure, its lines, and the same as a table. */
export function GraphCard({ spec, question, onZoom, onLogs }: Props) {
  const { data, error, refetch, isPlaceholderData } = useQuery(graphQuery(spec.path, question));
  const [table, setTable] = useState(false);
  const [here, setHere] = useState(false);
  const chart = useMemo(() => data && chartOf(spec, data), [spec, data]);
  const colorless = useMedia("(forced-colors: active)");
  const lines = useMemo(
    () =>
      chart?.lines.map(({ label, values, before }, index, all) => {
        const now = all.filter((line) => !line.before).length;
        return { label, values, ...lookOf(before ? index - now : index, before, colorless) };
      }),
    [chart, colorless],
  );
  const format = (value: number | null) => formatUnit(spec.unit, value);
  const headline = data && spec.headline ? Number(data.summary[spec.headline] ?? 0) : null;
  const before = data?.previous && spec.headline ? Number(data.previous.summary[spec.headline] ?? 0) : null;
  const copy = async () => {
    if (!chart) return;
    const copied = await copyText(csvOf(rowsOf(chart, (ms) => new Date(ms).toISOString())));
    announce(copied ? `${spec.title} copied as CSV` : "Copying is not allowed here");
  };
  const sentence =
    chart && data
      ? `${spec.title}: ${chart.lines.map(({ label }) => label).join(", ") || "nothing"}, ${chart.times.length} buckets of ${formatSpan(data.bucket_ms)}${headline === null ? "" : `, ${format(headline)} in all`}`
      : spec.title;
  useShortcuts(
    "graph",
    here ? [{ keys: ["T"], does: "as table", run: () => setTable((shown) => !shown) }] : [],
  );
  useListedKeys("graph", here ? LISTED : NONE);
  const failure = failureOf(error);
  return (
    <section
      className={styles.card}
      aria-label={spec.title}
      data-stale={isPlaceholderData}
      onFocus={() => setHere(true)}
      onBlur={() => setHere(false)}
    >
      <header className={styles.head}>
        <h2 className={styles.title}>{spec.title}</h2>
        {headline !== null && (
          <p className={styles.figure}>
            {format(headline)}
            {before !== null && <span className={styles.before}> before {format(before)}</span>}
          </p>
        )}
        {data && (
          <span className={styles.bucket} title="Length of a bucket, and the zone it is cut by">
            {formatSpan(data.bucket_ms)}, {zoneLabel(data.to)}
          </span>
        )}
        <Button look="quiet" aria-pressed={table} onClick={() => setTable(!table)}>
          {table ? "Graph" : "Table"}
        </Button>
        <Button look="quiet" onClick={() => void copy()}>
          Copy CSV
        </Button>
      </header>
      {failure && (
        <ErrorBox
          small
          title="This graph could not be loaded."
          error={failure}
          onRetry={() => void refetch()}
        />
      )}
      {!chart && !error && (
        <div className={styles.waiting} role="status" aria-label={`Loading ${spec.title}`} />
      )}
      {chart && data && lines && !table && (
        <Boundary what="This graph" at={spec.path}>
          <Chart
            label={sentence}
            times={chart.times}
            lines={lines}
            format={format}
            formatTime={(ms) => formatInstant(new Date(ms).toISOString()).slice(5, 16)}
            group="analytics"
            onZoom={(from, to) => onZoom(toIso(from), toIso(to))}
            onPick={(index, line) => {
              const of = line === null ? null : (chart.lines[line] ?? null);
              const { from, to } = bucketAt(data, chart.times[index] ?? data.from, of?.before);
              onLogs(toIso(from), toIso(to), of);
            }}
          />
        </Boundary>
      )}
      {chart && table && (
        <div className={styles.table} tabIndex={0} role="region" aria-label={`${spec.title} as a table`}>
          <table>
            <thead>
              <tr>
                <th scope="col">Time</th>
                {chart.lines.map(({ label }) => (
                  <th key={label} scope="col">
                    <SafeText text={label} />
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {chart.times.map((time, index) => (
                <tr key={time}>
                  <th scope="row">{formatInstant(new Date(time).toISOString()).slice(0, 16)}</th>
                  {chart.lines.map(({ label, values }) => (
                    <td key={label}>{format(values[index] ?? null)}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
