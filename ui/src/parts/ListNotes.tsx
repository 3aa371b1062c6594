import { formatCount } from "../lib/numbers";
import { Button } from "../ui/Button";
import styles from "./ListNotes.module.css";
import { Slow } from "./Slow";
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
      {loading && <Slow path="logs" onNarrow={onNarrow} />}
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
