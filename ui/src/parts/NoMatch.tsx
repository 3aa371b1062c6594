import { useQueries } from "@tanstack/react-query";
import { countQuery, questionOf } from "../api/logs";
import { filterLabel, withoutFilter } from "../lib/filters";
import { plural } from "../lib/numbers";
import { PRESETS, relativeMs } from "../lib/time";
import type { LogsState } from "../lib/url-state";
import { Button } from "../ui/Button";
import { SafeText } from "../ui/SafeText";
import styles from "./NoMatch.module.css";

interface Props {
  state: LogsState;
  now: number;
  onChange: (patch: Partial<LogsState>) => void;
}

interface Remedy {
  name: string;
  patch: Partial<LogsState>;
}

/** Nothing found: which clause is to blame, and what leaving it out would show. */
export function NoMatch({ state, now, onChange }: Props) {
  const remedies = [...withoutClauses(state), ...longerRanges(state)];
  const counts = useQueries({
    queries: remedies.map(({ patch }) => countQuery(questionOf({ ...state, ...patch }, now))),
  });
  const useful = remedies.flatMap((remedy, index) => {
    const count = counts[index]?.data;
    return count ? [{ ...remedy, count }] : [];
  });
  const looking = counts.some((each) => each.isPending);
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
            : "No single filter is to blame: try leaving out more than one."}
        </p>
      )}
    </div>
  );
}

function withoutClauses(state: LogsState): Remedy[] {
  const text: Remedy[] = state.q ? [{ name: `Without “${state.q}”`, patch: { q: "" } }] : [];
  const filters = state.filters.map((filter): Remedy => {
    const { name, value } = filterLabel(filter);
    return { name: `Without ${name} ${value}`, patch: { filters: withoutFilter(state.filters, filter) } };
  });
  return [...text, ...filters];
}

function longerRanges(state: LogsState): Remedy[] {
  if (state.from === "all" && state.to === null) return [];
  const current = relativeMs(state.from) ?? 0;
  return PRESETS.filter(
    ({ from }) => (relativeMs(from) ?? Infinity) > current && (relativeMs(from) ?? Infinity) >= DAY_MS,
  ).map(({ from, label }) => ({ name: label, patch: { from, to: null } }));
}

const DAY_MS = 86_400_000;
