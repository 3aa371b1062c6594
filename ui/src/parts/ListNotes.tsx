import { useEffect, useState } from "react";
import { formatCount } from "../lib/numbers";
import { Button } from "../ui/Button";
import styles from "./ListNotes.module.css";
import type { LiveTail } from "./useLiveTail";

interface Props {
  live: LiveTail;
  onShowNew: () => void;
  /** The list has been asked for and is not there. */
  loading: boolean;
  onNarrow: (() => void) | null;
  marked: number;
  onCompare: () => void;
  onClearMarks: () => void;
}

/** What floats over the list: new logs, a slow answer, marks. */
export function ListNotes(props: Props) {
  const { live, onShowNew, loading, onNarrow, marked, onCompare, onClearMarks } = props;
  return (
    <div className={styles.notes}>
      {live.waiting > 0 && (
        <Button look="primary" className={styles.pill} onClick={onShowNew} title="Show new logs (.)">
          {formatCount(live.waiting)} new
        </Button>
      )}
      {live.sampled && (
        <p className={styles.note}>Logs come faster than they can be read: a sample is shown.</p>
      )}
      {loading && <Slow onNarrow={onNarrow} />}
      {marked > 0 && (
        <div className={styles.note}>
          {formatCount(marked)} marked
          <Button look="quiet" disabled={marked !== 2} title="Compare two (d)" onClick={onCompare}>
            Compare
          </Button>
          <Button look="quiet" onClick={onClearMarks}>
            Clear
          </Button>
        </div>
      )}
    </div>
  );
}

const SLOW_S = 2;

/** Beyond two seconds one wants to know that it goes on, and what would be faster. */
function Slow({ onNarrow }: { onNarrow: (() => void) | null }) {
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setSeconds((before) => before + 1), 1000);
    return () => clearInterval(timer);
  }, []);
  if (seconds < SLOW_S) return null;
  return (
    <div className={styles.note} role="status">
      Still looking, {seconds} s. Esc stops.
      {onNarrow && (
        <Button look="quiet" onClick={onNarrow}>
          Narrow to last hour
        </Button>
      )}
    </div>
  );
}
