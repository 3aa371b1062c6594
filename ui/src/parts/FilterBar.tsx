import type { Ref } from "react";
import { withFilter, withoutFilter, type Filter, type FilterField } from "../lib/filters";
import type { ListState, Problem } from "../lib/url-state";
import { IconButton } from "../ui/Button";
import { AddFilter } from "./AddFilter";
import styles from "./FilterBar.module.css";
import { FilterChips } from "./FilterChips";
import { SearchBox } from "./SearchBox";
import { TimeRange } from "./TimeRange";

interface Props {
  state: ListState;
  problems: Problem[];
  /** What the server found wrong with the search text. */
  searchProblem: string | null;
  searchRef: Ref<HTMLInputElement>;
  timeRef: Ref<HTMLButtonElement>;
  suggest: (field: FilterField, key: string) => string[];
  onChange: (patch: Partial<ListState>) => void;
  onReload: () => void;
}

/** The question: text, time and filters. What cannot be used is said here, under the controls. */
export function FilterBar(props: Props) {
  const { state, problems, searchProblem, searchRef, timeRef, suggest, onChange, onReload } = props;
  const timeProblem = problems.find((each) => each.at === "time")?.message ?? null;
  const bad = problems.flatMap(({ at }) => (typeof at === "object" ? [at] : []));
  const setFilters = (filters: Filter[]) => onChange({ filters });
  return (
    <div className={styles.bar}>
      <div className={styles.line}>
        <SearchBox
          ref={searchRef}
          value={state.q}
          problem={searchProblem}
          onCommit={(q) => onChange({ q })}
        />
        <AddFilter suggest={suggest} onAdd={(filter) => setFilters(withFilter(state.filters, filter))} />
        <TimeRange
          buttonRef={timeRef}
          from={state.from}
          to={state.to}
          problem={timeProblem}
          onChange={(from, to) => onChange({ from, to })}
        />
        <IconButton icon="reload" label="Reload (r)" onClick={onReload} />
      </div>
      <FilterChips
        filters={state.filters}
        bad={bad}
        onRemove={(filter) => setFilters(withoutFilter(state.filters, filter))}
      />
      {problems.length > 0 && (
        <ul role="list" id="filter-problems" className={styles.problems}>
          {problems.map(({ message }) => (
            <li key={message}>{message}</li>
          ))}
        </ul>
      )}
    </div>
  );
}
