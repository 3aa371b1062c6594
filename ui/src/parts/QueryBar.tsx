import { useMemo, useRef, type ReactNode } from "react";
import { ApiError } from "../api/client";
import { askedAt } from "../api/question";
import type { Problem, Question } from "../lib/url-state";
import { IconButton } from "../ui/Button";
import { FilterField } from "./FilterField";
import styles from "./QueryBar.module.css";
import { problemOf } from "./server-problem";
import { useShortcuts } from "./shortcuts";
import { TimeRange } from "./TimeRange";
import type { FilterFieldHandle } from "./useFilterField";
import { undoEdit } from "./usePageState";

interface Props {
  question: Question;
  /** The instant from which a relative range is seen. */
  now: number;
  /** What the page's URL has that cannot be used. */
  problems: Problem[];
  /** What came of asking: a 400 belongs to the control whose value was refused. */
  error: Error | null;
  onChange: (patch: Partial<Question>) => void;
  onReload: () => void;
  /** After Enter in the filter: the place to go to the first result. */
  onCommitted?: () => void;
  /** The page's own controls, after the time range. */
  children?: ReactNode;
}

/** The question: filter text and time range. What cannot be used is said here, under the controls. */
export function QueryBar(props: Props) {
  const { question, now, problems, error, onChange, onReload, onCommitted, children } = props;
  const filter = useRef<FilterFieldHandle>(null);
  const time = useRef<HTMLButtonElement>(null);
  const refusal = problemOf(error);
  const { q, from, to } = question;
  const asked = useMemo(() => askedAt({ q, from, to }, now), [q, from, to, now]);
  const faults = error instanceof ApiError ? error.faults : [];
  const shown = refusal && refusal.at !== "q" ? [...problems, refusal] : problems;
  useShortcuts("page", [
    { keys: ["/"], does: "filter", run: () => filter.current?.focus() },
    { keys: ["t"], does: "time range", run: () => time.current?.click() },
    { keys: ["r"], does: "reload", run: onReload },
    { keys: ["Backspace"], does: "undo the last filter or zoom", run: undoEdit },
  ]);
  return (
    <div className={styles.bar}>
      <div className={styles.line}>
        <FilterField
          ref={filter}
          asked={asked}
          refusal={refusal?.at === "q" ? { message: refusal.message, faults } : null}
          onCommit={(text) => onChange({ q: text })}
          onLeave={onCommitted}
        />
        <TimeRange
          buttonRef={time}
          from={question.from}
          to={question.to}
          problem={shown.find((each) => each.at === "time")?.message ?? null}
          onChange={(from, to) => onChange({ from, to })}
        />
        {children}
        <IconButton icon="reload" label="Reload (r)" onClick={onReload} />
      </div>
      {shown.length > 0 && (
        <ul role="list" id="filter-problems" className={styles.problems}>
          {shown.map(({ message }) => (
            <li key={message}>{message}</li>
          ))}
        </ul>
      )}
    </div>
  );
}
