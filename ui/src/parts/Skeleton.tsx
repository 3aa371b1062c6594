import { useKeysAhead } from "../ui/useKeys";
import styles from "./Skeleton.module.css";

const ROWS = 24;

/** Stands for the rows of the very first load, so that nothing jumps when they come. */
export function Skeleton() {
  useKeysAhead(true);
  return (
    <div className={styles.skeleton} role="status" aria-label="Loading logs">
      {Array.from({ length: ROWS }, (_, index) => (
        <div key={index} />
      ))}
    </div>
  );
}
