import { memo, useState, type FocusEvent } from "react";
import type { LogRow } from "../api/types";
import { visible } from "../lib/hostile";
import type { ValueFilter } from "../lib/value-filter";
import { Icon } from "../ui/icons";
import { COLUMNS, type Column } from "./columns";
import styles from "./LogTable.module.css";

interface Props {
  row: LogRow;
  index: number;
  /** The column of the grid's one tab stop, or -1 when it is in another row. */
  activeColumn: number;
  selected: boolean;
  top: number;
  height: number;
  now: number;
  onOpen: (row: LogRow) => void;
  onFilter: (filter: ValueFilter) => void;
  onFocusCell: (id: string, column: number) => void;
}

/** One log: a line of cells, or a card of two lines where there is no room (see the style sheet). */
export const LogTableRow = memo(function LogTableRow(props: Props) {
  const { row, index, activeColumn, selected, top, height, now, onOpen, onFilter, onFocusCell } = props;
  // Only the row under the pointer has its buttons: a list scrolls past thousands.
  const [hovered, setHovered] = useState(false);
  const focusCell = (event: FocusEvent<HTMLElement>) => {
    const column = Number(event.target.closest<HTMLElement>("[data-column]")?.dataset.column ?? 0);
    onFocusCell(row.id, column);
  };
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      aria-selected={selected}
      className={styles.row}
      data-active={activeColumn >= 0}
      style={{ height, transform: `translateY(${top}px)` }}
      onClick={() => onOpen(row)}
      onFocus={focusCell}
      onPointerEnter={() => setHovered(true)}
      onPointerLeave={() => setHovered(false)}
    >
      {COLUMNS.map((column, position) => (
        <div
          key={column.id}
          role="gridcell"
          aria-colindex={position + 1}
          data-row={index}
          data-column={position}
          data-id={column.id}
          className={column.numeric ? styles.number : styles.cell}
          tabIndex={position === activeColumn ? 0 : -1}
        >
          {column.cell(row, now)}
          {hovered && <CellFilter column={column} row={row} onFilter={onFilter} />}
        </div>
      ))}
    </div>
  );
});

/** Appears on hover; from the keyboard it is `i`. */
function CellFilter({ column, row, onFilter }: { column: Column; row: LogRow; onFilter: Props["onFilter"] }) {
  const filter = column.filter?.(row);
  if (!filter) return null;
  const label = `Filter for ${filter.field} ${visible(filter.value)}`;
  return (
    <button
      type="button"
      tabIndex={-1}
      className={styles.filter}
      aria-label={label}
      title={`${label} (i)`}
      onClick={(event) => {
        event.stopPropagation();
        onFilter(filter);
      }}
    >
      <Icon name="filter" />
    </button>
  );
}
