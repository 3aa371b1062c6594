import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { Link } from "wouter";
import { traceQuery } from "../api/traces";
import { formatLatency, plural } from "../lib/numbers";
import { paths } from "../lib/paths";
import { around, isError, kindLetter, treeOf } from "../lib/trace/tree";
import { barOf } from "../lib/trace/zoom";
import { SafeText } from "../ui/SafeText";
import { ErrorBox } from "./ErrorBox";
import styles from "./MiniWaterfall.module.css";

interface Props {
  traceId: string;
  /** The log that one comes from. */
  logId: string;
}

const SPANS = 12;

/** The spans around one log; the way to the whole trace. */
export function MiniWaterfall({ traceId, logId }: Props) {
  const { data: trace, error, refetch } = useQuery(traceQuery(traceId));
  const nodes = useMemo(() => (trace ? treeOf(trace.spans) : []), [trace]);
  if (error)
    return <ErrorBox title="The trace could not be loaded." error={error} onRetry={() => void refetch()} />;
  const index = Math.max(
    0,
    nodes.findIndex(({ span }) => span.id === logId),
  );
  const zoom = { from: 0, to: Math.max(trace?.duration_ms ?? 1, 1) };
  const shown = around(nodes, index, SPANS);
  return (
    <div className={styles.mini}>
      <p className={styles.note}>
        <Link href={paths.trace(traceId, trace ? { span: String(index) } : {})}>Open the trace</Link>
        {/* The link is there before the spans are: it can be followed at once. */}
        {trace
          ? ` · ${plural(trace.totals.spans, "span")} · ${formatLatency(trace.duration_ms)}`
          : " · loading…"}
      </p>
      <ol role="list" className={styles.spans}>
        {shown.map(({ span, index: at }) => {
          const bar = barOf(span.start_ms, span.duration_ms ?? 0, zoom);
          return (
            <li key={at} data-here={at === index} aria-current={at === index ? "true" : undefined}>
              <span className={styles.name} style={{ paddingLeft: `${Math.min(span.depth, 8) * 8}px` }}>
                <span className={styles.kind}>{span.placeholder ? "?" : kindLetter(span.kind)}</span>{" "}
                {span.id && at !== index ? (
                  <Link href={paths.log(span.id)}>
                    <SafeText text={span.name ?? span.model ?? "span"} />
                  </Link>
                ) : (
                  <SafeText
                    text={span.placeholder ? "parent not received" : (span.name ?? span.model ?? "span")}
                  />
                )}
                {isError(span) && <span className={styles.error}> ■</span>}
              </span>
              <span className={styles.time} aria-hidden="true">
                {bar && (
                  <span data-error={isError(span)} style={{ left: `${bar.left}%`, width: `${bar.width}%` }} />
                )}
              </span>
              <span className={styles.duration}>{formatLatency(span.duration_ms ?? null)}</span>
            </li>
          );
        })}
      </ol>
      {trace?.notes.map(({ code, message }) => (
        <p key={code} className={styles.note}>
          {message}
        </p>
      ))}
    </div>
  );
}
