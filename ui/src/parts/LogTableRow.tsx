import { memo, useState, type FocusEvent, type MouseEvent } from "react";
import type { LogRow } from "../api/types";
import { visible } from "../lib/hostile";
import type { ValueFilter } from "../lib/value-filter";
import { Icon } from "../ui/icons";
import type { Column } from "./columns";
import styles from "./LogTable.module.css";

interface Props {
  row: LogRow;
  columns: Column[];
  index: number;
  /** The column of the grid's one tab stop, or -1 when it is in another row. */
  activeColumn: number;
  /** The reader has come to this row. */
  current: boolean;
  selected: boolean;
  marked: boolean;
  top: number;
  height: number;
  now: number;
  onChoose: (row: LogRow, index: number, keys: { ctrl: boolean; shift: boolean }) => void;
  onFilter: (filter: ValueFilter) => void;
  onFocusCell: (id: string, column: number) => void;
}

/** The filter that finds rows with this cell's value; null when no filter can say it. */
export function cellFilter({ field, value }: Column, row: LogRow): ValueFilter | null {
  const found = field === undefined ? null : value?.(row);
  if (field === undefined || found === null || found === undefined || found === "") return null;
  return { field, value: String(found) };
}

/** One log: a line of cells, or a card of two lines where there is no room (see the style sheet). */
export const LogTableRow = memo(function LogTableRow(props: Props) {
  const { row, columns, index, activeColumn, current, selected, marked, top, height, now } = props;
  const { onChoose, onFilter, onFocusCell } = props;
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
      aria-selected={selected || marked}
      className={styles.row}
      data-active={current}
      data-selected={selected}
      data-marked={marked}
      style={{ height, transform: `translateY(${top}px)` }}
      onMouseDown={(event) => {
        // The focus would come here before the click knows where it was; and text would be selected.
        if (event.shiftKey) event.preventDefault();
      }}
      onClick={(event) =>
        onChoose(row, index, { ctrl: event.ctrlKey || event.metaKey, shift: event.shiftKey })
      }
      onFocus={focusCell}
      onPointerEnter={() => setHovered(true)}
      onPointerLeave={() => setHovered(false)}
    >
      {columns.map((column, position) => (
        <div
          key={column.id}
          role="gridcell"
          aria-colindex={position + 1}
          data-row={index}
          data-column={position}
          data-id={column.id}
          className={column.numeric ? styles.number : styles.cell}
          tabIndex={position === activeColumn ? 0 : -1}
          title={hovered ? visible(column.more?.(row, now) ?? "") || undefined : undefined}
        >
          {column.cell(row, now)}
          {hovered && <CellFilter column={column} row={row} onFilter={onFilter} />}
        </div>
      ))}
    </div>
  );
});

/** Appears on hover; from the keyboard it is `i`, and `Shift+I` for its opposite. */
function CellFilter({ column, row, onFilter }: { column: Column; row: LogRow; onFilter: Props["onFilter"] }) {
  const filter = cellFilter(column, row);
  if (!filter) return null;
  const label = `Filter for ${filter.field} ${visible(filter.value)}`;
  const choose = (event: MouseEvent) => {
    event.stopPropagation();
    onFilter(event.altKey ? { ...filter, out: true } : filter);
  };
  return (
    <button
      type="button"
      tabIndex={-1}
      className={styles.filter}
      aria-label={label}
      title={`${label} (i)\nAlt: filter it out (Shift+I)`}
      onClick={choose}
    >
      <Icon name="filter" />
    </button>
  );
}
