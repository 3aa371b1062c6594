import { useState, type KeyboardEvent, type MouseEvent } from "react";
import { visible } from "../lib/hostile";
import { formatCount } from "../lib/numbers";
import { SafeText } from "../ui/SafeText";
import type { FacetActions } from "./FacetSection";
import styles from "./Facets.module.css";

export interface FacetRow {
  value: string;
  /** null: not counted. */
  count: number | null;
  /** In place of the value. */
  label?: string;
  /** When the filter's own look would not do. */
  state?: "in" | "out" | null;
  /** Belongs to the row above. */
  inner?: boolean;
}

interface Props {
  field: string;
  title: string;
  values: FacetRow[];
  actions: FacetActions;
}

/** The values of a facet. One stop of Tab; arrows move; Enter is a click, with Ctrl and Alt as with the mouse. */
export function FacetRows({ field, title, values, actions }: Props) {
  const [active, setActive] = useState(0);
  const current = Math.min(active, values.length - 1);
  const move = (event: KeyboardEvent<HTMLUListElement>, to: number) => {
    const next = Math.min(Math.max(to, 0), values.length - 1);
    setActive(next);
    event.currentTarget.querySelectorAll<HTMLElement>("[data-value]")[next]?.focus();
  };
  const press = (event: KeyboardEvent<HTMLUListElement>) => {
    const row = values[current];
    const keys: Record<string, () => void> = {
      ArrowDown: () => move(event, current + 1),
      ArrowUp: () => move(event, current - 1),
      Home: () => move(event, 0),
      End: () => move(event, values.length - 1),
      " ": () => row && actions.add(field, row.value),
      "-": () => row && actions.exclude(field, row.value),
      Enter: () => row && act(event, row.value),
    };
    const action = keys[event.key];
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  };
  const act = (event: MouseEvent | KeyboardEvent, value: string) => {
    if (event.altKey) actions.exclude(field, value);
    else if (event.ctrlKey || event.metaKey) actions.add(field, value);
    else actions.only(field, value);
  };
  return (
    <ul role="list" className={styles.rows} onKeyDown={press}>
      {values.map((row, index) => {
        const { value, count, label = value, inner } = row;
        const state = row.state === undefined ? actions.stateOf(field, value) : row.state;
        const said = `${title} ${visible(label) || "empty"}`;
        return (
          <li key={`${label} ${value}`} className={styles.row} data-state={state} data-inner={inner}>
            <button
              type="button"
              role="checkbox"
              aria-checked={state === "in"}
              aria-label={`${said} too`}
              title="This too (Ctrl+click, Space)"
              tabIndex={-1}
              className={styles.box}
              onClick={() => actions.add(field, value)}
            >
              <span>{state === "in" ? "✓" : state === "out" ? "–" : ""}</span>
            </button>
            <button
              type="button"
              data-value
              tabIndex={index === current ? 0 : -1}
              title={`${visible(label)}\nClick: only this · Ctrl: this too · Alt: not this`}
              className={styles.value}
              onClick={(event) => act(event, value)}
              onFocus={() => setActive(index)}
            >
              <span className={styles.label}>{label === "" ? <i>empty</i> : <SafeText text={label} />}</span>
              <span className={styles.count}>{count === null ? "" : formatCount(count)}</span>
              {state && <span className="visually-hidden">{SAYS[state]}</span>}
            </button>
            <button
              type="button"
              tabIndex={-1}
              aria-label={`Not ${said}`}
              title="Not this (Alt+click, -)"
              className={styles.exclude}
              onClick={() => actions.exclude(field, value)}
            >
              –
            </button>
          </li>
        );
      })}
    </ul>
  );
}

const SAYS = { in: "chosen", out: "excluded" };
