import { Link } from "wouter";
import type { LogObject } from "../api/types";
import { paths } from "../lib/paths";
import styles from "./TraceTab.module.css";

/** The way to the trace of a log. */
export default function TraceTab({ log }: { log: LogObject }) {
  const trace = log.metrics.trace_id;
  if (!trace) return <p>This log belongs to no trace.</p>;
  return (
    <p className={styles.open}>
      <Link href={paths.trace(trace)} autoFocus>
        Open the trace
      </Link>
    </p>
  );
}
