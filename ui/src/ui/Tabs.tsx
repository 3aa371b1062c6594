import type { KeyboardEvent, ReactNode } from "react";
import styles from "./Tabs.module.css";

export interface TabItem<Id extends string> {
  id: Id;
  label: string;
}

interface Props<Id extends string> {
  label: string;
  items: readonly TabItem<Id>[];
  value: Id;
  onChange: (id: Id) => void;
  /** Prefix of element ids, unique on the page. */
  prefix: string;
  children: ReactNode;
  className?: string;
  /** Between the tabs and their panel. */
  bar?: ReactNode;
}

/** Tabs as the ARIA pattern has them: one tab stop, arrows move, the panel is named by its tab. */
export function Tabs<Id extends string>(props: Props<Id>) {
  const { label, items, value, onChange, prefix, children, className, bar } = props;
  const move = (event: KeyboardEvent<HTMLDivElement>) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    const index = items.findIndex((item) => item.id === value);
    const next = items[(index + step + items.length) % items.length];
    if (!next) return;
    onChange(next.id);
    event.currentTarget.querySelector<HTMLElement>(`#${prefix}-tab-${next.id}`)?.focus();
  };
  return (
    <>
      <div role="tablist" aria-label={label} className={styles.list} onKeyDown={move}>
        {items.map(({ id, label: name }) => (
          <button
            key={id}
            type="button"
            role="tab"
            id={`${prefix}-tab-${id}`}
            aria-selected={id === value}
            aria-controls={`${prefix}-panel`}
            tabIndex={id === value ? 0 : -1}
            className={styles.tab}
            onClick={() => onChange(id)}
          >
            {name}
          </button>
        ))}
      </div>
      {bar}
      <div
        role="tabpanel"
        id={`${prefix}-panel`}
        aria-labelledby={`${prefix}-tab-${value}`}
        tabIndex={0}
        className={className}
      >
        {children}
      </div>
    </>
  );
}
