import type { ReactNode } from "react";
import styles from "./Table.module.css";

/** A plain table, in a box of its own that scrolls sideways when there is little room. */
export function Table({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className={styles.box} role="region" aria-label={label} tabIndex={0}>
      <table className={styles.table}>{children}</table>
    </div>
  );
}
