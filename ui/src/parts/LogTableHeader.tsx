import { memo } from "react";
import { zoneLabel } from "../lib/time";
import type { Sort, SortField } from "../lib/url-state";
import { Icon } from "../ui/icons";
import { COLUMNS } from "./columns";
import styles from "./LogTable.module.css";

interface Props {
  sort: Sort;
  now: number;
  onSort: (field: SortField) => void;
}

export const LogTableHeader = memo(function LogTableHeader({ sort, now, onSort }: Props) {
  return (
    <div role="rowgroup" className={styles.header}>
      <div role="row" aria-rowindex={1} className={styles.headerRow}>
        {COLUMNS.map(({ id, title, numeric, sort: field }, position) => {
          const sorted = field !== undefined && field === sort.field;
          const ascending = sort.direction === "asc";
          return (
            <div
              key={id}
              role="columnheader"
              aria-colindex={position + 1}
              aria-sort={sorted ? (ascending ? "ascending" : "descending") : undefined}
              className={numeric ? styles.number : styles.cell}
              title={id === "time" ? `Times are local, ${zoneLabel(now)}` : undefined}
            >
              {field ? (
                <button type="button" className={styles.sort} onClick={() => onSort(field)}>
                  {title}
                  {sorted && <Icon name={ascending ? "up" : "down"} />}
                </button>
              ) : (
                title
              )}
            </div>
          );
        })}
      </div>
    </div>
  );
});
