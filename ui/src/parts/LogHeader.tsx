import { gatewayChips } from "../lib/gateway";
import { formatCount, formatLatency } from "../lib/numbers";
import { formatInstant } from "../lib/time";
import type { ValueFilter } from "../lib/value-filter";
import { CopyButton } from "../ui/CopyButton";
import { SafeText } from "../ui/SafeText";
import { CostButton } from "./CostButton";
import styles from "./LogHeader.module.css";
import { Status } from "./Status";
import type { LogSummary } from "./summary";

interface Props {
  log: LogSummary;
  /** Finds the other logs of this trace or user. */
  onFilter: (filter: ValueFilter) => void;
}

/** The numbers of a log, in two lines. */
export function LogHeader({ log, onFilter }: Props) {
  const { trace_id: trace, user } = log;
  return (
    <div className={styles.header}>
      <div className={styles.numbers}>
        <Status status={log.response_status_code} />
        <span>
          {formatLatency(log.response_time)}
          {typeof log.first_token_ms === "number" && (
            <span className={styles.quiet} title="Time to the first token">
              {" "}
              (TTFT {formatLatency(log.first_token_ms)})
            </span>
          )}
        </span>
        {log.total_units !== null && (
          <span title={`${formatCount(log.req_units)} in, ${formatCount(log.res_units)} out`}>
            {formatCount(log.total_units)} tokens
          </span>
        )}
        <CostButton id={log.id} cents={log.cost} />
        {gatewayChips(log).map((chip) => (
          <span key={chip} className={styles.chip}>
            <SafeText text={chip} />
          </span>
        ))}
      </div>
      <dl className={styles.ids}>
        <div>
          <dt className="visually-hidden">Time</dt>
          <dd>
            <time dateTime={log.created_at}>{formatInstant(log.created_at)}</time>
          </dd>
        </div>
        {user && (
          <div>
            <dt>User</dt>
            <dd>
              <FilterLink text={user} onClick={() => onFilter({ field: "user", value: user })} />
            </dd>
          </div>
        )}
        {trace && (
          <div>
            <dt>Trace</dt>
            <dd>
              <FilterLink text={trace} onClick={() => onFilter({ field: "trace", value: trace })} />
              <CopyButton what="trace id" text={trace} />
            </dd>
          </div>
        )}
        <div>
          <dt>Log</dt>
          <dd>
            <code>
              <SafeText text={log.id} />
            </code>
            <CopyButton what="log id" text={log.id} />
          </dd>
        </div>
      </dl>
    </div>
  );
}

function FilterLink({ text, onClick }: { text: string; onClick: () => void }) {
  return (
    <button type="button" className={styles.link} title="Show the logs with this value" onClick={onClick}>
      <SafeText text={text} />
    </button>
  );
}
