import { useState, type Ref } from "react";
import { readRange } from "../lib/ranges";
import { isInstant, PRESETS, rangeLabel, zoneLabel } from "../lib/time";
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
      {(close) => (
        <RangeForm
          from={from}
          to={to}
          onChoose={(nextFrom, nextTo) => {
            onChange(nextFrom, nextTo);
            close();
          }}
        />
      )}
    </Popover>
  );
}

interface FormProps {
  from: string;
  to: string | null;
  onChoose: (from: string, to: string | null) => void;
}

/** One field that says how it read what is typed, and the ranges most often wanted. */
function RangeForm({ from, to, onChoose }: FormProps) {
  const [openedAt] = useState(Date.now);
  const [text, setText] = useState("");
  const [insisted, setInsisted] = useState(false);
  const read = readRange(text, openedAt);
  const wrong = typeof read === "string";
  const current = isInstant(from) || to !== null ? rangeLabel(from, to) : "";
  return (
    <>
      <form
        className={styles.typed}
        onSubmit={(event) => {
          event.preventDefault();
          setInsisted(wrong);
          if (typeof read !== "string") onChoose(read.from, read.to);
        }}
      >
        <input
          data-autofocus
          type="text"
          value={text}
          placeholder={current || "24h, yesterday, Tue.., 14:00..15:00"}
          aria-label="Time range"
          aria-describedby="range-reading"
          aria-invalid={wrong && insisted}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => {
            setText(event.target.value);
            setInsisted(false);
          }}
        />
        <p id="range-reading" role="status" className={wrong && insisted ? styles.problem : styles.reading}>
          {typeof read === "string" ? (insisted ? read : "") : read.says}
        </p>
      </form>
      <ul role="list" className={styles.presets}>
        {PRESETS.map((preset) => (
          <li key={preset.from}>
            <button
              type="button"
              aria-pressed={preset.from === from && to === null}
              onClick={() => onChoose(preset.from, null)}
            >
              {preset.label}
            </button>
          </li>
        ))}
        {WORDS.map(([word, label]) => (
          <li key={word}>
            <button
              type="button"
              aria-pressed={false}
              onClick={() => {
                const range = readRange(word, openedAt);
                if (typeof range !== "string") onChoose(range.from, range.to);
              }}
            >
              {label}
            </button>
          </li>
        ))}
      </ul>
      <p className={styles.foot}>Times are {zoneLabel(openedAt)}</p>
    </>
  );
}

/** Words that the field reads too, by their names. */
const WORDS = [
  ["today", "Today"],
  ["yesterday", "Yesterday"],
  ["week", "This week"],
  ["month", "This month"],
] as const;
