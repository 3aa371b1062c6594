import { defaultRangeExtractor, useVirtualizer } from "@tanstack/react-virtual";
import {
  useCallback,
  useEffect,
  useImperativeHandle,
  useRef,
  useState,
  type KeyboardEvent,
  type ReactNode,
  type Ref,
} from "react";
import type { LogRow } from "../api/types";
import type { Sort, SortField } from "../lib/url-state";
import type { ValueFilter } from "../lib/value-filter";
import { useMedia } from "../ui/useMedia";
import { COLUMNS } from "./columns";
import styles from "./LogTable.module.css";
import { LogTableHeader } from "./LogTableHeader";
import { LogTableRow } from "./LogTableRow";

export interface LogTableHandle {
  /** Moves the focus into the grid, to its current row. */
  focus: () => void;
  /** Moves the current row, and the focus with it unless that is in the panel. */
  move: (step: number) => void;
  /** The same for keys that scroll what one reads: `false` when that is where they belong. */
  moveUnlessReading: (step: number) => false | undefined;
  current: () => LogRow | undefined;
  scrollToTop: () => void;
}

interface Props {
  ref: Ref<LogTableHandle>;
  rows: LogRow[];
  /** Of all pages, loaded or not; null when unknown. */
  total: number | null;
  sort: Sort;
  now: number;
  selectedId: string | null;
  /** Old rows while new ones are on their way. */
  stale: boolean;
  foot: ReactNode;
  onOpen: (row: LogRow) => void;
  /** The current row changed by keyboard. */
  onMove: (row: LogRow) => void;
  onSort: (field: SortField) => void;
  onFilter: (filter: ValueFilter) => void;
  onEndNear: () => void;
  onScrolledToTop: (atTop: boolean) => void;
}

const HEADER_PX = 28;
const ROW_PX = 28;
const CARD_PX = 52;
/** So many rows before the end the next page is asked for. */
const END_NEAR = 40;

export function LogTable(props: Props) {
  const { ref, rows, total, sort, now, selectedId, stale, foot } = props;
  const { onOpen, onMove, onSort, onFilter, onEndNear, onScrolledToTop } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState({ id: "", column: 0 });
  const focusWanted = useRef(false);
  const cards = useMedia("(max-width: 639px)");
  const rowHeight = cards ? CARD_PX : ROW_PX;

  const anchorId = active.id || selectedId;
  const activeIndex = Math.max(
    0,
    rows.findIndex((row) => row.id === anchorId),
  );

  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => rows[index]?.id ?? index,
    scrollMargin: HEADER_PX,
    scrollPaddingStart: HEADER_PX,
    overscan: 6,
    // The current row stays in the document wherever one scrolls: focus is never lost.
    rangeExtractor: (range) =>
      [...new Set([...defaultRangeExtractor(range), activeIndex])].sort((a, b) => a - b),
  });
  useEffect(() => virtualizer.measure(), [virtualizer, rowHeight]);

  const items = virtualizer.getVirtualItems();
  const lastShown = items.findLast((item) => item.index !== activeIndex)?.index ?? 0;
  useEffect(() => {
    if (rows.length > 0 && lastShown >= rows.length - END_NEAR) onEndNear();
  }, [lastShown, rows.length, onEndNear]);

  const goTo = (index: number, column: number, withFocus: boolean) => {
    const bounded = Math.min(Math.max(index, 0), rows.length - 1);
    const row = rows[bounded];
    if (!row) return;
    setActive({ id: row.id, column });
    focusWanted.current = withFocus;
    virtualizer.scrollToIndex(bounded);
    if (bounded !== activeIndex) onMove(row);
  };
  useEffect(() => {
    if (!focusWanted.current) return;
    focusWanted.current = false;
    scroller.current
      ?.querySelector<HTMLElement>(`[data-row="${activeIndex}"][data-column="${active.column}"]`)
      ?.focus({ preventScroll: true });
  });

  const move = (step: number) => {
    // The first step of a fresh list goes to its first row, not past it.
    goTo(anchorId ? activeIndex + step : 0, active.column, !isReading());
  };
  useImperativeHandle(ref, () => ({
    focus: () => goTo(activeIndex, active.column, true),
    move,
    moveUnlessReading: (step) => {
      if (isReading()) return false;
      move(step);
    },
    current: () => rows[activeIndex],
    scrollToTop: () => scroller.current?.scrollTo({ top: 0 }),
  }));

  const press = (event: KeyboardEvent) => {
    if ((event.target as HTMLElement).role !== "gridcell" || event.altKey || event.ctrlKey || event.metaKey)
      return;
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowHeight) - 2);
    const row = rows[activeIndex];
    const column = COLUMNS[active.column];
    const filter = row && column?.filter?.(row);
    const actions: Record<string, (() => void) | null | undefined> = {
      PageDown: () => goTo(activeIndex + page, active.column, true),
      PageUp: () => goTo(activeIndex - page, active.column, true),
      Home: () => goTo(0, active.column, true),
      End: () => goTo(rows.length - 1, active.column, true),
      ArrowRight: () => goTo(activeIndex, Math.min(active.column + 1, COLUMNS.length - 1), true),
      ArrowLeft: () => goTo(activeIndex, Math.max(active.column - 1, 0), true),
      Enter: row && (() => onOpen(row)),
      i: filter && (() => onFilter(filter)),
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  };

  const focusCell = useCallback((id: string, column: number) => setActive({ id, column }), []);
  return (
    <div
      ref={scroller}
      className={styles.scroller}
      data-stale={stale}
      onScroll={(event) => onScrolledToTop(event.currentTarget.scrollTop < ROW_PX)}
    >
      <div
        role="grid"
        aria-label="Logs"
        aria-rowcount={total === null ? -1 : total + 1}
        aria-colcount={COLUMNS.length}
        aria-busy={stale}
        className={styles.grid}
        style={{ "--columns": TRACKS }}
        onKeyDown={press}
      >
        <LogTableHeader sort={sort} now={now} onSort={onSort} />
        <div role="rowgroup" className={styles.body} style={{ height: virtualizer.getTotalSize() }}>
          {items.map(({ index, start, key }) => {
            const row = rows[index];
            return (
              row && (
                <LogTableRow
                  key={key}
                  row={row}
                  index={index}
                  activeColumn={index === activeIndex ? active.column : -1}
                  selected={row.id === selectedId}
                  top={start - HEADER_PX}
                  height={rowHeight}
                  now={now}
                  onOpen={onOpen}
                  onFilter={onFilter}
                  onFocusCell={focusCell}
                />
              )
            );
          })}
        </div>
      </div>
      {foot}
    </div>
  );
}

/** Someone reading in the panel stays there while the rows pass by. */
function isReading(): boolean {
  return document.activeElement?.closest("aside") != null;
}

const TRACKS = COLUMNS.map((column) => column.width).join(" ");
