import type { ReactNode } from "react";
import { SafeText } from "../ui/SafeText";
import styles from "./LogTitle.module.css";

interface Props {
  /** The model's, else the span's. */
  name: string;
  provider: string | null;
  children: ReactNode;
}

export function LogTitle({ name, provider, children }: Props) {
  return (
    <header className={styles.title}>
      <h2>
        <SafeText text={name} />
      </h2>
      {provider && (
        <span className={styles.provider}>
          <SafeText text={provider} />
        </span>
      )}
      <div className={styles.actions}>{children}</div>
    </header>
  );
}
