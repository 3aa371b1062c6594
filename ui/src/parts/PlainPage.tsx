import type { ReactNode } from "react";
import styles from "./PlainPage.module.css";

interface Props {
  title: string;
  /** Beside the title. */
  actions?: ReactNode;
  children: ReactNode;
}

/** A page that is no list: its title, and what it says. */
export function PlainPage({ title, actions, children }: Props) {
  return (
    <div className={styles.page}>
      <title>{`${title} · Portlog`}</title>
      <div className={styles.head}>
        <h1>{title}</h1>
        {actions}
      </div>
      {children}
    </div>
  );
}
