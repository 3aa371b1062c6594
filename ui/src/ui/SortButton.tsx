import type { ReactNode } from "react";
import styles from "./SortButton.module.css";

/** In the head of a column, whose `aria-sort` says what it did. */
export function SortButton({ onClick, children }: { onClick: () => void; children: ReactNode }) {
  return (
    <button type="button" className={styles.sort} onClick={onClick}>
      {children}
    </button>
  );
}
