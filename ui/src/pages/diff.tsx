import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { Link } from "wouter";
import { logQuery } from "../api/logs";
import type { LogObject } from "../api/types";
import { chatOf } from "../lib/chat";
import { messageDifferences, parameterDifferences } from "../lib/compare";
import type { Json } from "../lib/json";
import { formatCost, formatCount, formatLatency } from "../lib/numbers";
import { paths } from "../lib/paths";
import { formatInstant } from "../lib/time";
import { diffState } from "../lib/url-state";
import { DiffMessages } from "../parts/DiffMessages";
import { ErrorBox } from "../parts/ErrorBox";
import { NotStored } from "../parts/NotStored";
import { PlainPage } from "../parts/PlainPage";
import { usePageState } from "../parts/usePageState";
import { SafeText } from "../ui/SafeText";
import styles from "./diff.module.css";

/** Two logs side by side: figures, parameters, messages, answers. */
export default function ComparePage() {
  const { state } = usePageState(diffState);
  return (
    <PlainPage title="Compare">
      {state.a && state.b ? (
        <Two a={state.a} b={state.b} />
      ) : (
        <p>
          Mark two logs in <Link href={paths.logs()}>the list</Link> (x), then compare them (d).
        </p>
      )}
    </PlainPage>
  );
}

function Two({ a, b }: { a: string; b: string }) {
  const [left, right] = [useQuery(logQuery(a)), useQuery(logQuery(b))];
  const failed = left.error ?? right.error;
  if (failed) {
    const retry = () => void Promise.all([left.refetch(), right.refetch()]);
    return <ErrorBox title="One of the logs could not be loaded." error={failed} onRetry={retry} />;
  }
  if (!left.data || !right.data) return <p>Loading…</p>;
  return <Compared a={left.data} b={right.data} />;
}

function Compared({ a, b }: { a: LogObject; b: LogObject }) {
  return (
    <div className={styles.compared}>
      <section>
        <h2>Figures</h2>
        <Figures a={a} b={b} />
      </section>
      <section>
        <h2>Parameters</h2>
        <Parameters a={a} b={b} />
      </section>
      <Said a={a} b={b} />
    </div>
  );
}

interface Pair {
  a: LogObject;
  b: LogObject;
}

interface Figure {
  label: string;
  of: (log: LogObject) => number | null | undefined;
  show: (value: number | null) => string;
}

const FIGURES: Figure[] = [
  { label: "Latency", of: (log) => log.metrics.response_time, show: formatLatency },
  { label: "First token", of: (log) => log.first_token_ms, show: formatLatency },
  { label: "Input tokens", of: (log) => log.input_tokens ?? log.metrics.req_units, show: formatCount },
  { label: "Output tokens", of: (log) => log.output_tokens ?? log.metrics.res_units, show: formatCount },
  { label: "Reasoning tokens", of: (log) => log.reasoning_tokens, show: formatCount },
  { label: "Cost", of: (log) => log.metrics.cost, show: formatCost },
];

const WORDS: [label: string, of: (log: LogObject) => string][] = [
  ["Model", (log) => log.metrics.ai_model ?? "–"],
  ["Provider", (log) => log.metrics.ai_org ?? "–"],
  ["Status", (log) => String(log.metrics.response_status_code ?? "–")],
  ["Finish reason", (log) => log.finish_reason ?? "–"],
  ["User", (log) => log.user ?? "–"],
];

function Figures({ a, b }: Pair) {
  return (
    <div className={styles.scroll} tabIndex={0} role="region" aria-label="Figures">
      <table className={styles.figures}>
        <thead>
          <tr>
            <td />
            {[a, b].map((log, index) => (
              <th key={index} scope="col">
                <Link href={paths.log(log._id)}>{index === 0 ? "A" : "B"}</Link>{" "}
                <span>{formatInstant(log.created_at)}</span>
              </th>
            ))}
            <th scope="col">B − A</th>
          </tr>
        </thead>
        <tbody>
          {WORDS.map(([label, of]) => (
            <tr key={label} data-differs={of(a) !== of(b)}>
              <th scope="row">{label}</th>
              <td>
                <SafeText text={of(a)} />
              </td>
              <td>
                <SafeText text={of(b)} />
              </td>
              <td>{of(a) === of(b) ? "same" : "differs"}</td>
            </tr>
          ))}
          {FIGURES.filter(({ of }) => known(of(a)) !== null || known(of(b)) !== null).map(
            ({ label, of, show }) => (
              <tr key={label} data-differs={of(a) !== of(b)}>
                <th scope="row">{label}</th>
                <td>{show(known(of(a)))}</td>
                <td>{show(known(of(b)))}</td>
                <td>{delta(known(of(a)), known(of(b)), show)}</td>
              </tr>
            ),
          )}
        </tbody>
      </table>
    </div>
  );
}

const known = (value: number | null | undefined) => value ?? null;

/** "+1.20 s (+34 %)"; nothing where one of them is not known. */
function delta(a: number | null, b: number | null, show: Figure["show"]): string {
  if (a === null || b === null) return "–";
  if (a === b) return "same";
  const sign = b > a ? "+" : "−";
  const share = a > 0 ? ` (${sign}${formatCount((Math.abs(b - a) / a) * 100)} %)` : "";
  return `${sign}${show(Math.abs(b - a))}${share}`;
}

function Parameters({ a, b }: Pair) {
  const found = useMemo(
    () => parameterDifferences(a.request.body, b.request.body),
    [a.request.body, b.request.body],
  );
  if (a.tracked === false || b.tracked === false) return <NotStored />;
  if (found.length === 0) return <p>No parameter differs.</p>;
  return (
    <div className={styles.scroll} tabIndex={0} role="region" aria-label="Parameters that differ">
      <table className={`${styles.figures ?? ""} ${styles.parameters ?? ""}`}>
        <thead>
          <tr>
            <th scope="col">Parameter</th>
            <th scope="col">A</th>
            <th scope="col">B</th>
          </tr>
        </thead>
        <tbody>
          {found.map((each) => (
            <tr key={each.path}>
              <th scope="row">
                <code>
                  <SafeText text={each.path} />
                </code>
              </th>
              <td className={styles.out}>
                <SafeText text={valueText(each.a)} />
              </td>
              <td className={styles.in}>
                <SafeText text={valueText(each.b)} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const VALUE_MAX = 400;

function valueText(value: Json | undefined): string {
  if (value === undefined) return "(none)";
  const text = JSON.stringify(value);
  return text.length > VALUE_MAX ? `${text.slice(0, VALUE_MAX)}…` : text;
}

function Said({ a, b }: Pair) {
  const { asked, answered } = useMemo(() => {
    const [left, right] = [a, b].map(({ conversation, request, response }) =>
      chatOf(conversation, { request: request.body, response: response.body }),
    );
    return {
      asked: messageDifferences(left?.input ?? [], right?.input ?? []),
      answered: messageDifferences(left?.choices.flat() ?? [], right?.choices.flat() ?? []),
    };
  }, [a, b]);
  return (
    <>
      <section>
        <h2>Messages</h2>
        <DiffMessages pairs={asked} />
      </section>
      <section>
        <h2>Answer</h2>
        <DiffMessages pairs={answered} />
      </section>
    </>
  );
}
