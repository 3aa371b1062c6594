import type { LogStats } from "../api/types";
import { toIso } from "../lib/time";
import { ErrorBox } from "./ErrorBox";
import { Histogram } from "./Histogram";
import styles from "./StatsStrip.module.css";
import { Totals } from "./Totals";

interface Props {
  stats: LogStats | undefined;
  stale: boolean;
  error: Error | null;
  onRetry: () => void;
  onZoom: (range: { from: string; to: string }) => void;
}

/** Histogram and totals above the list. They come and fail apart from it. */
export function StatsStrip({ stats, stale, error, onRetry, onZoom }: Props) {
  if (error) {
    return <ErrorBox small title="The totals could not be loaded." error={error} onRetry={onRetry} />;
  }
  return (
    <div className={styles.strip}>
      {stats ? (
        <>
          <Histogram
            stats={stats}
            stale={stale}
            onZoom={(from, to) => onZoom({ from: toIso(from), to: toIso(to) })}
          />
          <Totals stats={stats} stale={stale} />
        </>
      ) : (
        <div className={styles.waiting} />
      )}
    </div>
  );
}
