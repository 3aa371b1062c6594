import type { LogStats } from "../api/types";
import { formatCompact, formatCost, formatCount, formatLatency, formatShare, plural } from "../lib/numbers";
import styles from "./Totals.module.css";

/** What the logs at hand come to. Where a price is missing the cost is "at least". */
export function Totals({ stats, stale }: { stats: LogStats; stale: boolean }) {
  const { logs, requests, errors, cost, total_tokens, unpriced_requests, latency_ms, ...tokens } =
    stats.totals;
  const split = `${formatCount(tokens.input_tokens)} in, ${formatCount(tokens.output_tokens)} out`;
  const unpriced = unpriced_requests > 0 && cost !== null && cost > 0;
  return (
    <div className={styles.totals} data-stale={stale}>
      <p>
        <span>
          <b>{formatCount(logs)}</b> {logs === 1 ? "log" : "logs"}
        </span>
        {requests !== logs && (
          <span title="Model calls, each counted once">
            <b>{formatCount(requests)}</b> {requests === 1 ? "request" : "requests"}
          </span>
        )}
        <span title={unpriced ? `${plural(unpriced_requests, "request")} without a known price` : undefined}>
          <b>
            {unpriced && "≥ "}
            {formatCost(unpriced_requests > 0 && cost === 0 ? null : cost)}
          </b>
        </span>
        <span title={split}>
          <b>{formatCompact(total_tokens)}</b> tokens
        </span>
      </p>
      <p>
        <span>
          <b className={errors > 0 ? styles.errors : undefined}>{formatShare(errors, requests)}</b> errors
        </span>
        <Percentile name="p50" ms={latency_ms.p50} />
        <Percentile name="p90" ms={latency_ms.p90} />
        <Percentile name="p99" ms={latency_ms.p99} />
      </p>
    </div>
  );
}

function Percentile({ name, ms }: { name: string; ms: number | null }) {
  return (
    <span>
      {name} <b>{formatLatency(ms)}</b>
    </span>
  );
}
