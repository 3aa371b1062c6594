import { useEffect, useRef } from "react";
import type { LogObject } from "../api/types";
import { MiniWaterfall } from "./MiniWaterfall";
import { wasChosenByKey } from "./tab-keys";

/** The spans around this one; the page of the trace has them all. */
export default function TraceTab({ log }: { log: LogObject }) {
  const trace = log.metrics.trace_id;
  const box = useRef<HTMLDivElement>(null);
  // Whoever came by the key goes on to the trace by Enter.
  useEffect(() => {
    if (wasChosenByKey(log._id)) box.current?.querySelector<HTMLElement>("a")?.focus({ preventScroll: true });
  }, [log._id]);
  if (!trace) return <p>This log belongs to no trace.</p>;
  return (
    <div ref={box}>
      <MiniWaterfall traceId={trace} logId={log._id} />
    </div>
  );
}
