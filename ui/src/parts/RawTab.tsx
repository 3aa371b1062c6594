import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { explainQuery } from "../api/explain";
import type { ExplainedValue, LogObject } from "../api/types";
import type { Json, JsonObject } from "../lib/json";
import { CopyButton } from "../ui/CopyButton";
import { JsonTree } from "../ui/JsonTree";
import { SafeText } from "../ui/SafeText";
import { ErrorBox } from "./ErrorBox";
import styles from "./RawTab.module.css";

/** The record as it is stored, what was odd about it, and where each value came from. */
export default function RawTab({ log }: { log: LogObject }) {
  const record = useMemo(() => recordOf(log), [log]);
  return (
    <>
      <section className={styles.section}>
        <h3>Source shape</h3>
        <p>
          <SafeText text={log.source_shape ?? "unknown"} />
          {log.source && (
            <>
              , sent by <SafeText text={log.source} />
            </>
          )}
        </p>
      </section>
      <Warnings log={log} />
      <Origins id={log._id} />
      <section className={styles.section}>
        <div className={styles.head}>
          <h3>{log.raw ? "As it was sent" : "Stored record"}</h3>
          <CopyButton what="record" text={() => JSON.stringify(log.raw ?? record, null, 2)} named />
        </div>
        {log.raw && <JsonTree value={log.raw} label="As it was sent" />}
        {log.raw && <h3 className={styles.second}>Stored record</h3>}
        <JsonTree value={record} label="Stored record" />
      </section>
    </>
  );
}

/** Without what the server derives for the reader, and what stands above as sent. */
function recordOf(log: LogObject): JsonObject {
  const rest = Object.entries(log).filter(([key]) => !["conversation", "feedback", "raw"].includes(key));
  return Object.fromEntries<Json>(rest);
}

function Warnings({ log: { warnings } }: { log: LogObject }) {
  return (
    <section className={styles.section}>
      <h3>Warnings</h3>
      {warnings.length === 0 ? (
        <p className={styles.none}>Nothing was odd about it.</p>
      ) : (
        <ul className={styles.warnings}>
          {warnings.map(({ path, code, value }, index) => (
            <li key={index}>
              <code>
                <SafeText text={path} />
              </code>{" "}
              <SafeText text={code} />
              {value !== undefined && value !== null && (
                <>
                  : <SafeText text={textOf(value)} />
                </>
              )}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Origins({ id }: { id: string }) {
  const { data, error, refetch } = useQuery(explainQuery(id));
  return (
    <section className={styles.section}>
      <h3>Where each value came from</h3>
      {error && (
        <ErrorBox small title="It could not be explained." error={error} onRetry={() => void refetch()} />
      )}
      {!data && !error && <p className={styles.none}>Loading…</p>}
      {data?.note && (
        <p className={styles.note}>
          <SafeText text={data.note} />
        </p>
      )}
      {data && (
        <table className={styles.table} aria-label="Where each value came from">
          <tbody>
            {data.values.map((value) => (
              <Origin key={value.name} of={value} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function Origin({ of: { name, shown, value, matches, rule, places } }: { of: ExplainedValue }) {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>
        <span className={styles.value}>
          <SafeText text={textOf(shown)} />
        </span>
        {!matches && (
          <span className={styles.changed}>
            {" "}
            now <SafeText text={textOf(value)} />
          </span>
        )}
        <p className={styles.rule}>
          <SafeText text={rule} />
          {places.map((place) => (
            <code key={place}>
              {" "}
              <SafeText text={place} />
            </code>
          ))}
        </p>
      </td>
    </tr>
  );
}

const TEXT_MAX = 300;

function textOf(value: Json): string {
  if (value === null || value === "") return "–";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX)}…` : text;
}
