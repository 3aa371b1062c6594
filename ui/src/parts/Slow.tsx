import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { runningQuery } from "../api/questions";
import { formatCount } from "../lib/numbers";
import { Button } from "../ui/Button";
import styles from "./ListNotes.module.css";

const SLOW_S = 2;

interface Props {
  /** Of the call that is waited for, as `call` takes it. */
  path: string;
  onNarrow: (() => void) | null;
}

/** Beyond two seconds one wants to know that it goes on, how far it is, and what would be faster. */
export function Slow({ path, onNarrow }: Props) {
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setSeconds((before) => before + 1), 1000);
    return () => clearInterval(timer);
  }, []);
  if (seconds < SLOW_S) return null;
  return (
    <div className={styles.note} role="status">
      Still looking, {seconds} s<Far path={path} />. Esc stops.
      {onNarrow && (
        <Button look="quiet" onClick={onNarrow}>
          Narrow to last hour
        </Button>
      )}
    </div>
  );
}

function Far({ path }: { path: string }) {
  const { data: running } = useQuery(runningQuery(path));
  if (!running || running.rows_read === null) return null;
  const { rows_read: read, rows_to_read: all } = running;
  return `, ${formatCount(read)}${all === null || all < read ? "" : ` of ${formatCount(all)}`} rows read`;
}
