import { MARKS, statusTone, statusWord } from "../lib/status";
import styles from "./Status.module.css";

/** A status by number, shape and colour. */
export function Status({ status }: { status: number | null }) {
  const tone = statusTone(status);
  return (
    <span className={styles[tone]} title={statusWord(status)}>
      <span aria-hidden="true" className={styles.mark}>
        {MARKS[tone]}
      </span>{" "}
      {status ?? "–"}
    </span>
  );
}
