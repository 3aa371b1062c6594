import { useId, useMemo, useRef, useState, type KeyboardEvent, type PointerEvent } from "react";
import type { LogStats } from "../api/types";
import { barsOf, bucketAt, rangeOf, sayBucket, sayBuckets, ticksOf } from "../lib/histogram";
import { formatCount } from "../lib/numbers";
import { useWidth } from "../ui/useSize";
import styles from "./Histogram.module.css";
import { useShortcuts } from "./shortcuts";

interface Props {
  stats: LogStats;
  /** Old bars while new ones are on their way. */
  stale: boolean;
  /** Shows only [from, to), ms. */
  onZoom: (from: number, to: number) => void;
}

const HEIGHT_PX = 44;

/** Logs over time: drag or hold Shift to choose, click or Enter to zoom. */
export function Histogram({ stats, stale, onZoom }: Props) {
  const { buckets, bucket_ms: bucketMs } = stats;
  const [width, ref] = useWidth();
  const [chosen, setChosen] = useState<{ anchor: number; head: number; dragging: boolean } | null>(null);
  const [hovered, setHovered] = useState<number | null>(null);
  const figure = useRef<HTMLElement>(null);
  const focus = () => figure.current?.querySelector<HTMLElement>("[role=slider]")?.focus();
  useShortcuts("list", [{ keys: ["h"], does: "histogram", run: focus }]);
  const hatch = useId();
  const bars = useMemo(() => barsOf(buckets, width, HEIGHT_PX), [buckets, width]);
  const ticks = useMemo(() => ticksOf(buckets, bucketMs), [buckets, bucketMs]);
  const last = buckets.length - 1;
  const unfinished = last >= 0 && (buckets[last]?.at ?? 0) + bucketMs > stats.to;

  const zoom = (a: number, b: number) => {
    const range = rangeOf(buckets, bucketMs, a, b);
    setChosen(null);
    // The first bar begins before the range when that does not begin on a round time.
    if (range) onZoom(Math.max(range.from, stats.from), range.to);
  };
  const place = (event: PointerEvent<HTMLElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    return bucketAt(event.clientX - box.left, box.width, buckets.length);
  };
  const press = (event: KeyboardEvent) => {
    // With nothing chosen, → begins with the first bar and ← with the last.
    const places: Record<string, number> = {
      ArrowLeft: Math.max((chosen?.head ?? last + 1) - 1, 0),
      ArrowRight: Math.min((chosen?.head ?? -1) + 1, last),
      Home: 0,
      End: last,
    };
    const next = places[event.key];
    if (next !== undefined) {
      setChosen({ anchor: event.shiftKey && chosen ? chosen.anchor : next, head: next, dragging: false });
    } else if (event.key === "Enter" && chosen) zoom(chosen.anchor, chosen.head);
    else if (event.key === "Escape" && chosen) setChosen(null);
    else return;
    event.preventDefault();
  };

  if (buckets.length === 0) return null;
  const [from, to] = chosen ? [chosen.anchor, chosen.head] : [hovered ?? -1, hovered ?? -1];
  const said = sayBuckets(buckets, bucketMs, from, to);
  return (
    <figure
      ref={figure}
      className={styles.figure}
      data-stale={stale}
      aria-label={`Logs over time, ${sayBucket(bucketMs)}. ${sayWhole(stats)}`}
    >
      <div
        ref={ref}
        role="slider"
        tabIndex={0}
        className={styles.plot}
        aria-label="Histogram"
        aria-valuemin={0}
        aria-valuemax={last}
        aria-valuenow={chosen?.head ?? last}
        aria-valuetext={said || "Nothing chosen"}
        onKeyDown={press}
        onBlur={() => setChosen(null)}
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          const at = place(event);
          setChosen({ anchor: at, head: at, dragging: true });
        }}
        onPointerMove={(event) => {
          const at = place(event);
          setHovered(at);
          if (chosen?.dragging) setChosen({ ...chosen, head: at });
        }}
        onPointerUp={(event) => {
          if (chosen?.dragging) zoom(chosen.anchor, place(event));
        }}
        onPointerCancel={() => setChosen(null)}
        onPointerLeave={() => setHovered(null)}
      >
        <svg width={width} height={HEIGHT_PX} aria-hidden="true">
          <defs>
            <pattern
              id={hatch}
              width="4"
              height="4"
              patternUnits="userSpaceOnUse"
              patternTransform="rotate(45)"
            >
              <rect width="2" height="4" className={styles.hatch} />
            </pattern>
          </defs>
          {from >= 0 && bars[Math.min(from, to)] && (
            <rect
              className={chosen ? styles.chosen : styles.hovered}
              x={bars[Math.min(from, to)]?.x}
              width={((Math.abs(to - from) + 1) * width) / buckets.length}
              height={HEIGHT_PX}
            />
          )}
          {bars.map((bar, index) => (
            <g key={buckets[index]?.at}>
              <rect className={styles.ok} x={bar.x} width={bar.width} {...bar.ok} />
              <rect className={styles.error} x={bar.x} width={bar.width} {...bar.error} />
            </g>
          ))}
          {unfinished && (
            <rect x={bars[last]?.x} width={bars[last]?.width} height={HEIGHT_PX} fill={`url(#${hatch})`} />
          )}
        </svg>
      </div>
      <div className={styles.under} aria-hidden="true">
        {said ? (
          <span>{said}</span>
        ) : (
          ticks.map(({ at, label }) => (
            <span key={at} className={styles.tick} style={{ left: `${at * 100}%` }}>
              {label}
            </span>
          ))
        )}
      </div>
    </figure>
  );
}

function sayWhole({ buckets }: LogStats): string {
  const errors = buckets.reduce((sum, { error }) => sum + error, 0);
  const all = buckets.reduce((sum, { ok, error }) => sum + ok + error, 0);
  return `${formatCount(all)} logs, ${formatCount(errors)} of them errors.`;
}
