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
import type { Column } from "./columns";
import styles from "./LogTable.module.css";
import { LogTableHeader } from "./LogTableHeader";
import { cellFilter, LogTableRow } from "./LogTableRow";
import type { RowList } from "./row-list";
import { DENSITIES, useDensity } from "./useDensity";

export interface LogTableHandle {
  /** Moves the focus into the grid, to its current row. */
  focus: () => void;
  /** The same, to its first row. */
  focusFirst: () => void;
  /** No row is the current one any more; the focus stays in the grid. */
  release: () => void;
  /** Moves the current row, and the focus with it unless that is in the panel. */
  move: (step: number) => LogRow | undefined;
  /** The same for keys that scroll what one reads: `false` when that is where they belong. */
  moveUnlessReading: (step: number) => unknown;
  current: () => LogRow | undefined;
  scrollToTop: () => void;
}

interface Props {
  ref: Ref<LogTableHandle>;
  list: RowList;
  columns: Column[];
  /** Of all pages, loaded or not; null when unknown. */
  total: number | null;
  sort: Sort;
  now: number;
  selectedId: string | null;
  marked: ReadonlySet<string>;
  /** Old rows while new ones are on their way. */
  stale: boolean;
  foot: ReactNode;
  onOpen: (row: LogRow) => void;
  /** Marked with the mouse: one to toggle, or all from the current row to another. */
  onMark: (ids: string[], how: "toggle" | "range") => void;
  /** The current row changed by keyboard. */
  onMove: (row: LogRow) => void;
  onSort: (field: SortField) => void;
  onFilter: (filter: ValueFilter) => void;
  onResize: (id: string, width: number) => void;
  /** The rows that are seen, first and last: others may be fetched. */
  onSeen: (first: number, last: number) => void;
  /** Whether new rows may push down what is seen: it is the top, and no row is looked at. */
  onIdle: (idle: boolean) => void;
}

const HEADER_PX = 28;
const CARD_PX = 52;
/** Of the focus. Between a wish and its row someone may have gone elsewhere, who is then not called back. */
type Focus = "stays" | "comes" | "comes if free";
const NOWHERE = { id: "", column: 0 };

export function LogTable(props: Props) {
  const { ref, list, columns, total, sort, now, selectedId, marked, stale, foot } = props;
  const { onOpen, onMark, onMove, onSort, onFilter, onResize, onSeen, onIdle } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(NOWHERE);
  const [atTop, setAtTop] = useState(true);
  const wanted = useRef<Focus>("stays");
  const cards = useMedia("(max-width: 639px)");
  const [density] = useDensity();
  const rowHeight = cards ? CARD_PX : DENSITIES[density];

  const anchorId = active.id || selectedId;
  const activeIndex = Math.max(0, anchorId ? list.indexOf(anchorId) : 0);
  const activeColumn = Math.min(active.column, columns.length - 1);

  // Another function would have all places reckoned anew, at each frame.
  const keyAt = useCallback((index: number) => list.at(index)?.id ?? index, [list]);
  const virtualizer = useVirtualizer({
    count: list.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: keyAt,
    scrollMargin: HEADER_PX,
    scrollPaddingStart: HEADER_PX,
    // Drawn with the next frame, not once for each event of the wheel.
    useFlushSync: false,
    overscan: 6,
    // The current row stays in the document wherever one scrolls: focus is never lost.
    rangeExtractor: (range) =>
      [...new Set([...defaultRangeExtractor(range), activeIndex])].sort((a, b) => a - b),
  });
  useEffect(() => virtualizer.measure(), [virtualizer, rowHeight]);

  const items = virtualizer.getVirtualItems();
  const seen = items.filter(({ index }) => index !== activeIndex);
  const firstSeen = seen[0]?.index ?? 0;
  const lastSeen = seen.at(-1)?.index ?? 0;
  useEffect(() => {
    if (list.length > 0) onSeen(firstSeen, lastSeen);
  }, [firstSeen, lastSeen, list, onSeen]);
  const idle = atTop && active.id === "";
  useEffect(() => onIdle(idle), [idle, onIdle]);

  const goTo = (index: number, column: number, focus: Focus): LogRow | undefined => {
    const bounded = Math.min(Math.max(index, 0), list.length - 1);
    const row = list.at(bounded);
    virtualizer.scrollToIndex(bounded);
    if (!row) return undefined;
    setActive({ id: row.id, column });
    wanted.current = focus;
    if (bounded !== activeIndex) onMove(row);
    return row;
  };
  useEffect(() => {
    const focus = wanted.current;
    wanted.current = "stays";
    if (focus === "stays" || (focus === "comes if free" && document.activeElement !== document.body)) return;
    scroller.current
      ?.querySelector<HTMLElement>(`[data-row="${activeIndex}"][data-column="${activeColumn}"]`)
      ?.focus({ preventScroll: true });
  });

  // The row that had the focus is gone with its list: the focus stays in the grid.
  const hasFocus = useRef(false);
  useEffect(() => {
    if (hasFocus.current && document.activeElement === document.body && !stale) {
      goTo(activeIndex, activeColumn, "comes if free");
    }
  });

  // The first step of a fresh list goes to its first row, not past it.
  const move = (step: number) =>
    goTo(anchorId ? activeIndex + step : 0, activeColumn, isReading() ? "stays" : "comes");
  useImperativeHandle(ref, () => ({
    focus: () => goTo(activeIndex, activeColumn, "comes"),
    focusFirst: () => goTo(0, activeColumn, "comes if free"),
    release: () => {
      setActive({ ...NOWHERE, column: activeColumn });
      if (scroller.current?.contains(document.activeElement)) scroller.current.focus();
    },
    move,
    moveUnlessReading: (step) => (isReading() ? false : move(step)),
    current: () => (anchorId ? list.at(activeIndex) : undefined),
    scrollToTop: () => scroller.current?.scrollTo({ top: 0 }),
  }));

  const press = (event: KeyboardEvent) => {
    if ((event.target as HTMLElement).role !== "gridcell" || event.altKey || event.ctrlKey || event.metaKey)
      return;
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowHeight) - 2);
    const row = list.at(activeIndex);
    const column = columns[activeColumn];
    const filter = row && column && cellFilter(column, row);
    const actions: Record<string, (() => unknown) | null | undefined> = {
      PageDown: () => goTo(activeIndex + page, activeColumn, "comes"),
      PageUp: () => goTo(activeIndex - page, activeColumn, "comes"),
      Home: () => goTo(0, activeColumn, "comes"),
      End: () => goTo(list.length - 1, activeColumn, "comes"),
      ArrowRight: () => goTo(activeIndex, Math.min(activeColumn + 1, columns.length - 1), "comes"),
      ArrowLeft: () => goTo(activeIndex, Math.max(activeColumn - 1, 0), "comes"),
      Enter: row && (() => onOpen(row)),
      i: filter && (() => onFilter(filter)),
      I: filter && (() => onFilter({ ...filter, out: true })),
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  };

  const from = useRef(0);
  useEffect(() => {
    from.current = activeIndex;
  }, [activeIndex]);
  /** Ctrl marks a row, Shift all up to it; else it opens. */
  const choose = useCallback(
    (row: LogRow, index: number, keys: { ctrl: boolean; shift: boolean }) => {
      if (keys.ctrl) onMark([row.id], "toggle");
      else if (keys.shift) onMark(between(list, from.current, index), "range");
      else onOpen(row);
    },
    [list, onMark, onOpen],
  );
  const focusCell = useCallback((id: string, column: number) => setActive({ id, column }), []);
  return (
    <div
      ref={scroller}
      tabIndex={-1}
      className={styles.scroller}
      data-stale={stale}
      onFocus={() => {
        hasFocus.current = true;
      }}
      onBlur={() => {
        hasFocus.current = false;
      }}
      onScroll={(event) => setAtTop(event.currentTarget.scrollTop < HEADER_PX)}
    >
      <div
        role="grid"
        aria-label="Logs"
        aria-rowcount={total === null ? -1 : total + 1}
        aria-colcount={columns.length}
        aria-multiselectable="true"
        aria-busy={stale}
        className={styles.grid}
        style={{ "--columns": tracksOf(columns), "--least": `${leastWidth(columns)}px` }}
        onKeyDown={press}
      >
        <LogTableHeader columns={columns} sort={sort} now={now} onSort={onSort} onResize={onResize} />
        <div role="rowgroup" className={styles.body} style={{ height: virtualizer.getTotalSize() }}>
          {items.map(({ index, start, key }) => {
            const row = list.at(index);
            return row ? (
              <LogTableRow
                key={key}
                row={row}
                columns={columns}
                index={index}
                activeColumn={index === activeIndex ? activeColumn : -1}
                current={index === activeIndex && anchorId !== null}
                selected={row.id === selectedId}
                marked={marked.has(row.id)}
                top={start - HEADER_PX}
                height={rowHeight}
                now={now}
                onChoose={choose}
                onFilter={onFilter}
                onFocusCell={focusCell}
              />
            ) : (
              <div
                key={key}
                role="presentation"
                className={styles.absent}
                style={{ height: rowHeight, transform: `translateY(${start - HEADER_PX}px)` }}
              />
            );
          })}
        </div>
      </div>
      {foot}
    </div>
  );
}

/** Ids of the rows from one place to another, both included. */
function between(list: RowList, a: number, b: number): string[] {
  const [first, last] = [Math.min(a, b), Math.max(a, b)];
  return Array.from({ length: last - first + 1 }, (_, index) => list.at(first + index)?.id).filter(
    (id) => id !== undefined,
  );
}

/** Someone reading in the panel stays there while the rows pass by. */
function isReading(): boolean {
  return document.activeElement?.closest("aside") != null;
}

function tracksOf(columns: Column[]): string {
  const growing = columns.some(({ grows }) => grows);
  return columns
    .map(({ width, grows }, index) =>
      grows || (!growing && index === columns.length - 1) ? `minmax(${width}px, 1fr)` : `${width}px`,
    )
    .join(" ");
}

const PADDING_PX = 32;

function leastWidth(columns: Column[]): number {
  return columns.reduce((sum, { width }) => sum + width, PADDING_PX);
}
