import { Button } from "../ui/Button";
import notes from "./ListNotes.module.css";
import { useShortcuts } from "./shortcuts";
import { Slow } from "./Slow";
import styles from "./Waiting.module.css";

/** A thin bar, for what takes longer than a blink. */
export function Progress({ on }: { on: boolean }) {
  return <div className={styles.progress} data-on={on} />;
}

/** What of a query says whether its answer is on its way, or was stopped on it. */
export interface Awaited {
  isFetching: boolean;
  isPending: boolean;
  isPlaceholderData: boolean;
  fetchStatus: string;
  error: Error | null;
  refetch: () => Promise<unknown>;
}

/** The reader did not want to wait: what was asked for is not here. */
export function Stopped({ query }: { query: Awaited }) {
  if (!isStopped(query)) return null;
  return (
    <p className={styles.stopped}>
      Loading was stopped. <Button onClick={() => void query.refetch()}>Load</Button>
    </p>
  );
}

function isStopped({ isPending, isPlaceholderData, fetchStatus, error }: Awaited): boolean {
  return (isPending || isPlaceholderData) && fetchStatus === "idle" && !error;
}

interface Props {
  query: Awaited;
  /** Of its call. */
  path: string;
  onStop: () => void;
  /** A range that would be faster. */
  onNarrow: (() => void) | null;
}

/** A page's answer on its way: the bar, after two seconds how long already; Esc stops it. */
export function Waiting({ query, path, onStop, onNarrow }: Props) {
  const { isFetching } = query;
  useShortcuts("list", isFetching ? [{ keys: ["Escape"], does: "stop loading", run: onStop }] : []);
  return (
    <>
      <Progress on={isFetching} />
      {isFetching && (
        <div className={notes.notes}>
          <Slow path={path} onNarrow={onNarrow} />
        </div>
      )}
      <Stopped query={query} />
    </>
  );
}
