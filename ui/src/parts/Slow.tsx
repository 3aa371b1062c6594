import { useEffect, useState } from "react";
import { Button } from "../ui/Button";
import styles from "./ListNotes.module.css";

const SLOW_S = 2;

/** Beyond two seconds one wants to know that it goes on, and what would be faster. */
export function Slow({ onNarrow }: { onNarrow: (() => void) | null }) {
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
