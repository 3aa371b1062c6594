import { useMemo } from "react";
import type { LogObject } from "../api/types";
import { formatCount, formatLatency, plural } from "../lib/numbers";
import { gapsOf } from "../lib/stream-gaps";
import styles from "./StreamStrip.module.css";

const GAPS_MAX = 3;

/** How a streamed answer came in, as far as its sender timed it. */
export function StreamStrip({ log }: { log: LogObject }) {
  const { first_token_ms: first = null, output_tokens: tokens = null, metrics } = log;
  const total = metrics.response_time ?? null;
  const gaps = useMemo(() => gapsOf(log.raw), [log.raw]);
  if (metrics.stream_mode !== 1 && first === null) return null;
  const speed = tokensPerSecond(tokens, first, total);
  return (
    <p className={styles.strip} aria-label="Stream">
      <b>Stream</b>
      <span>first token {first === null ? "not timed" : formatLatency(first)}</span>
      {speed !== null && <span>{formatCount(speed)} tokens/s after it</span>}
      {total !== null && <span>{formatLatency(total)} in all</span>}
      {gaps.length > 0 && (
        <span>
          paused{" "}
          {gaps
            .slice(0, GAPS_MAX)
            .map(({ at, ms }) => `${formatLatency(ms)} at ${formatLatency(at)}`)
            .join(", ")}
          {gaps.length > GAPS_MAX && ` and ${plural(gaps.length - GAPS_MAX, "time")} more`}
        </span>
      )}
      {first !== null && total !== null && total > 0 && (
        <span className={styles.bar} aria-hidden="true">
          <span style={{ width: `${Math.min(100, (first / total) * 100)}%` }} />
        </span>
      )}
    </p>
  );
}

/** Output tokens over the time from the first to the last; null where that is not known. */
export function tokensPerSecond(tokens: number | null, firstMs: number | null, totalMs: number | null) {
  if (tokens === null || firstMs === null || totalMs === null || totalMs <= firstMs) return null;
  return (tokens / (totalMs - firstMs)) * 1000;
}
