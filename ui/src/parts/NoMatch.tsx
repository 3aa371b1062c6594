import { useQueries } from "@tanstack/react-query";
import { countQuery, questionOf } from "../api/logs";
import { plural } from "../lib/numbers";
import { clausesOf, withoutClause } from "../lib/query/edit";
import type { Fields } from "../lib/query/fields";
import { tryParse } from "../lib/query/parse";
import { Mistake } from "../lib/query/syntax";
import { PRESETS, relativeMs } from "../lib/time";
import type { LogsState } from "../lib/url-state";
import { Button } from "../ui/Button";
import { SafeText } from "../ui/SafeText";
import { ErrorBox } from "./ErrorBox";
import styles from "./NoMatch.module.css";

interface Props {
  state: LogsState;
  fields: Fields;
  now: number;
  onChange: (patch: Partial<LogsState>) => void;
}

interface Remedy {
  name: string;
  patch: Partial<LogsState>;
}

/** Nothing found: which clause is to blame, and what leaving it out would show. */
export function NoMatch({ state, fields, now, onChange }: Props) {
  const remedies = [...withoutClauses(state, fields), ...longerRanges(state)];
  const counts = useQueries({
    queries: remedies.map(({ patch }) => countQuery(questionOf({ ...state, ...patch }, now))),
  });
  const useful = remedies.flatMap((remedy, index) => {
    const count = counts[index]?.data;
    return count ? [{ ...remedy, count }] : [];
  });
  const looking = counts.some((each) => each.isPending);
  const failed = counts.find((each) => each.error);
  const retry = () => counts.forEach((each) => each.error && void each.refetch());
  return (
    <div className={styles.box}>
      <h2>No logs match</h2>
      {useful.length > 0 ? (
        <ul role="list">
          {useful.map(({ name, patch, count }) => (
            <li key={name}>
              <Button onClick={() => onChange(patch)}>
                <span>
                  <SafeText text={name} />: <b>{plural(count, "log")}</b>
                </span>
              </Button>
            </li>
          ))}
        </ul>
      ) : (
        <p>
          {looking
            ? "Looking for what would help…"
            : !failed && "No single filter is to blame: try leaving out more than one."}
        </p>
      )}
      {failed?.error && (
        <ErrorBox small title="What would help could not be counted." error={failed.error} onRetry={retry} />
      )}
    </div>
  );
}

function withoutClauses({ q }: LogsState, fields: Fields): Remedy[] {
  const query = tryParse(q, fields);
  if (query instanceof Mistake) return [];
  return clausesOf(query).map((clause) => ({
    name: `Without ${q.slice(clause.start, clause.end)}`,
    patch: { q: withoutClause(q, clause, fields) },
  }));
}

function longerRanges(state: LogsState): Remedy[] {
  if (state.from === "all" && state.to === null) return [];
  const current = relativeMs(state.from) ?? 0;
  return PRESETS.filter(
    ({ from }) => (relativeMs(from) ?? Infinity) > current && (relativeMs(from) ?? Infinity) >= DAY_MS,
  ).map(({ from, label }) => ({ name: label, patch: { from, to: null } }));
}

const DAY_MS = 86_400_000;
