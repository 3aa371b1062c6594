import type { LogObject } from "../api/types";
import type { Json } from "../lib/json";
import type { ValueFilter } from "../lib/value-filter";
import { IconButton } from "../ui/Button";
import { SafeText } from "../ui/SafeText";
import styles from "./MetadataTab.module.css";
import { PairTable } from "./PairTable";

interface Props {
  log: LogObject;
  onFilter: (filter: ValueFilter) => void;
}

/** What the log says about itself. */
export function MetadataTab({ log, onFilter }: Props) {
  const metadata = Object.entries(log.metadata).map(([key, value]): [string, string] => [key, textOf(value)]);
  const indexed = indexedValues(log);
  return (
    <>
      <section className={styles.section}>
        <h3>Metadata</h3>
        {metadata.length === 0 ? (
          <p className={styles.none}>None was sent.</p>
        ) : (
          <PairTable
            label="Metadata"
            pairs={metadata}
            action={(key) => {
              const value = indexed.get(key);
              return (
                value !== undefined && (
                  <IconButton
                    icon="filter"
                    label={`Filter for ${key}`}
                    onClick={() => onFilter({ field: `metadata.${key}`, value })}
                  />
                )
              );
            }}
          />
        )}
      </section>
      <section className={styles.section}>
        <h3>Identity</h3>
        <PairTable label="Identity" pairs={identity(log)} />
      </section>
      {log.warnings.length > 0 && (
        <section className={styles.section}>
          <h3>Warnings</h3>
          <ul className={styles.warnings}>
            {log.warnings.map(({ path, code, value }, index) => (
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
        </section>
      )}
    </>
  );
}

/** The values filters see: text, at most 128 characters; only these can be filtered for. */
function indexedValues({ metrics }: LogObject): Map<string, string> {
  const { "metadata.key": keys = [], "metadata.value": values = [] } = metrics;
  return new Map(keys.map((key, index) => [key, values[index] ?? ""]));
}

function identity({ _id, metrics, source_shape }: LogObject): [string, string][] {
  const runtime = [metrics.runtime, metrics.runtime_version].filter(Boolean).join(" ");
  const pairs: [string, string | null | undefined][] = [
    ["Log", _id],
    ["Trace", metrics.trace_id],
    ["Span", metrics.span_id],
    ["Parent span", metrics.parent_span_id],
    ["Span name", metrics.span_name],
    ["SDK", metrics.sdk_version],
    ["Runtime", runtime],
    ["Source shape", source_shape],
  ];
  return pairs.flatMap(([name, value]) => (value ? [[name, value]] : []));
}

function textOf(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
