import { useState, type Ref } from "react";
import {
  fromLocalInput,
  isInstant,
  PRESETS,
  rangeLabel,
  rangeProblem,
  resolveRange,
  toLocalInput,
  zoneLabel,
} from "../lib/time";
import { Button } from "../ui/Button";
import { Popover } from "../ui/Popover";
import styles from "./TimeRange.module.css";

interface Props {
  buttonRef: Ref<HTMLButtonElement>;
  from: string;
  to: string | null;
  problem: string | null;
  onChange: (from: string, to: string | null) => void;
}

export function TimeRange({ buttonRef, from, to, problem, onChange }: Props) {
  return (
    <Popover
      label="Time range (t)"
      icon="clock"
      buttonRef={buttonRef}
      invalid={problem !== null}
      describedBy={problem ? "filter-problems" : undefined}
      button={problem ? "Time range" : rangeLabel(from, to)}
    >
      {(close) => {
        const choose = (nextFrom: string, nextTo: string | null) => {
          onChange(nextFrom, nextTo);
          close();
        };
        return (
          <>
            <ul role="list" className={styles.presets}>
              {PRESETS.map((preset) => {
                const chosen = preset.from === from && to === null;
                return (
                  <li key={preset.from}>
                    <button
                      type="button"
                      aria-pressed={chosen}
                      data-autofocus={chosen || undefined}
                      onClick={() => choose(preset.from, null)}
                    >
                      {preset.label}
                    </button>
                  </li>
                );
              })}
            </ul>
            <CustomRange from={problem ? "-24h" : from} to={problem ? null : to} onChoose={choose} />
          </>
        );
      }}
    </Popover>
  );
}

interface CustomProps {
  from: string;
  to: string | null;
  onChoose: (from: string, to: string | null) => void;
}

/** Two instants in local time. An empty end is "now and on". */
function CustomRange({ from, to, onChoose }: CustomProps) {
  const [openedAt] = useState(Date.now);
  const [start, setStart] = useState(() => {
    const { min } = resolveRange(from, to, openedAt);
    return min && isInstant(min) ? toLocalInput(Date.parse(min)) : "";
  });
  const [end, setEnd] = useState(to ? toLocalInput(Date.parse(to)) : "");
  const [problem, setProblem] = useState<string | null>(null);
  const apply = () => {
    const nextFrom = start ? fromLocalInput(start) : "all";
    const nextTo = end ? fromLocalInput(end) : null;
    const found = rangeProblem(nextFrom, nextTo);
    setProblem(found);
    if (!found) onChoose(nextFrom, nextTo);
  };
  return (
    <form
      className={styles.custom}
      onSubmit={(event) => {
        event.preventDefault();
        apply();
      }}
    >
      <label>
        From
        <input
          type="datetime-local"
          step={1}
          value={start}
          onChange={(event) => setStart(event.target.value)}
        />
      </label>
      <label>
        To
        <input
          type="datetime-local"
          step={1}
          value={end}
          aria-invalid={problem !== null}
          aria-describedby={problem ? "range-problem" : undefined}
          onChange={(event) => setEnd(event.target.value)}
        />
      </label>
      {problem && (
        <p id="range-problem" className={styles.problem}>
          {problem}
        </p>
      )}
      <div className={styles.apply}>
        <span>Local time, {zoneLabel(openedAt)}</span>
        <Button type="submit" look="primary">
          Apply
        </Button>
      </div>
    </form>
  );
}
