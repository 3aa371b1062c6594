import { memo, type PointerEvent } from "react";
import { zoneLabel } from "../lib/time";
import type { Sort, SortField } from "../lib/url-state";
import { Icon } from "../ui/icons";
import { SafeText } from "../ui/SafeText";
import { WIDTH_MAX, WIDTH_MIN, type Column } from "./columns";
import styles from "./LogTable.module.css";

interface Props {
  columns: Column[];
  sort: Sort;
  now: number;
  onSort: (field: SortField) => void;
  onResize: (id: string, width: number) => void;
}

export const LogTableHeader = memo(function LogTableHeader({ columns, sort, now, onSort, onResize }: Props) {
  return (
    <div role="rowgroup" className={styles.header}>
      <div role="row" aria-rowindex={1} className={styles.headerRow}>
        {columns.map(({ id, title, numeric, sort: field }, position) => {
          const sorted = field !== undefined && field === sort.field;
          const ascending = sort.direction === "asc";
          return (
            <div
              key={id}
              role="columnheader"
              aria-colindex={position + 1}
              aria-sort={sorted ? (ascending ? "ascending" : "descending") : undefined}
              className={numeric ? styles.number : styles.cell}
              data-id={id}
            >
              {field ? (
                <button type="button" className={styles.sort} onClick={() => onSort(field)}>
                  {title}
                  {sorted && <Icon name={ascending ? "up" : "down"} />}
                </button>
              ) : (
                <span title={title}>
                  <SafeText text={title} />
                </span>
              )}
              {id === "time" && (
                <span className={styles.zone} title={`Times are ${zoneLabel(now)}`}>
                  {zoneLabel(now).replace(/^UTC(?=.)/, "")}
                </span>
              )}
              <Edge id={id} onResize={onResize} />
            </div>
          );
        })}
      </div>
    </div>
  );
});

/** The right edge of a column: drag it. With the keyboard the menu of columns has the widths. */
function Edge({ id, onResize }: { id: string; onResize: Props["onResize"] }) {
  const widthAt = (event: PointerEvent<HTMLElement>) => {
    const left = event.currentTarget.parentElement?.getBoundingClientRect().left ?? 0;
    return Math.round(Math.min(Math.max(event.clientX - left, WIDTH_MIN), WIDTH_MAX));
  };
  return (
    <span
      aria-hidden="true"
      className={styles.edge}
      onPointerDown={(event) => {
        event.preventDefault();
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={(event) => {
        if (event.currentTarget.hasPointerCapture(event.pointerId)) onResize(id, widthAt(event));
      }}
    />
  );
}
