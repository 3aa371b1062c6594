import type { LogObject } from "../api/types";
import type { Json } from "../lib/json";
import type { ValueFilter } from "../lib/value-filter";
import { IconButton } from "../ui/Button";
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
                  <Both name={key} filter={{ field: `metadata.${key}`, value }} onFilter={onFilter} />
                )
              );
            }}
          />
        )}
      </section>
      <section className={styles.section}>
        <h3>Identity</h3>
        <PairTable
          label="Identity"
          pairs={identity(log)}
          action={(name, value) => {
            const field = FIELDS[name];
            return field !== undefined && <Both name={name} filter={{ field, value }} onFilter={onFilter} />;
          }}
        />
      </section>
    </>
  );
}

/** Only this value, and not this value. */
function Both({ name, filter, onFilter }: { name: string; filter: ValueFilter } & Pick<Props, "onFilter">) {
  return (
    <>
      <IconButton icon="filter" label={`Filter for ${name}`} onClick={() => onFilter(filter)} />
      <IconButton
        icon="without"
        label={`Filter out ${name}`}
        onClick={() => onFilter({ ...filter, out: true })}
      />
    </>
  );
}

/** By which field of the query language a value is found; of the others there is one log, or no field. */
const FIELDS: Record<string, string | undefined> = {
  Trace: "trace",
  "Parent span": "parent",
  "Span name": "name",
  Session: "session",
  Kind: "kind",
  "Model asked for": "model_requested",
  "Finish reason": "finish",
  "Error type": "error_type",
  Config: "config",
  Prompt: "prompt",
  "API key": "key",
  "Virtual key": "vkey",
  Workspace: "workspace",
  SDK: "sdk",
  Source: "source",
  "Source shape": "shape",
};

/** The values filters see: text, at most 128 characters; only these can be filtered for. */
function indexedValues({ metrics }: LogObject): Map<string, string> {
  const { "metadata.key": keys = [], "metadata.value": values = [] } = metrics;
  return new Map(keys.map((key, index) => [key, values[index] ?? ""]));
}

function identity(log: LogObject): [string, string][] {
  const { _id, metrics } = log;
  const runtime = [metrics.runtime, metrics.runtime_version].filter(Boolean).join(" ");
  const pairs: [string, string | null | undefined][] = [
    ["Log", _id],
    ["Trace", metrics.trace_id],
    ["Span", metrics.span_id],
    ["Parent span", metrics.parent_span_id],
    ["Span name", metrics.span_name],
    ["Session", log.session],
    ["Kind", log.kind],
    ["Outcome", log.note ?? log.outcome],
    ["Model asked for", log.model_requested],
    ["Finish reason", log.finish_reason],
    ["Response id", log.response_id],
    ["Error type", log.error_type],
    ["Tags", log.tags?.join(", ")],
    ["Tools called", log.tools?.join(", ")],
    ["Config", metrics.config],
    ["Prompt", metrics.prompt_slug],
    ["API key", metrics.api_key_id],
    ["Virtual key", metrics.virtual_key],
    ["Workspace", metrics.workspace_slug],
    ["Counted by", log.duplicate_of],
    ["Received", log.received_at],
    ["SDK", metrics.sdk_version],
    ["Runtime", runtime],
    ["Source", log.source],
    ["Source shape", log.source_shape],
  ];
  return pairs.flatMap(([name, value]) => (value ? [[name, value]] : []));
}

function textOf(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
