import { defaultRangeExtractor, useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useImperativeHandle, useRef, useState, type KeyboardEvent, type Ref } from "react";
import { Link } from "wouter";
import type { TraceRow } from "../api/traces";
import { visible } from "../lib/hostile";
import { formatCompact, formatCost, formatCount, formatLatency } from "../lib/numbers";
import { paths } from "../lib/paths";
import { literal } from "../lib/query/edit";
import { formatRowTime } from "../lib/time";
import { SafeText } from "../ui/SafeText";
import styles from "./TraceTable.module.css";

export interface TraceTableHandle {
  move: (step: number) => void;
}

interface Props {
  ref: Ref<TraceTableHandle>;
  rows: readonly TraceRow[];
  now: number;
  /** Old rows while new ones are on their way. */
  stale: boolean;
  more: boolean;
  onEndNear: () => void;
  onOpen: (row: TraceRow) => void;
}

const ROW_PX = 28;
const END_NEAR = 40;
const HEADS: [label: string, number: boolean][] = [
  ["Started", false],
  ["Name", false],
  ["Duration", true],
  ["Spans", true],
  ["Errors", true],
  ["Cost", true],
  ["Tokens", true],
  ["Models", false],
  ["User", false],
];

export function TraceTable({ ref, rows, now, stale, more, onEndNear, onOpen }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const [current, setCurrent] = useState(0);
  const focusWanted = useRef(false);
  const at = Math.min(current, rows.length - 1);
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    scrollMargin: ROW_PX,
    scrollPaddingStart: ROW_PX,
    overscan: 6,
    rangeExtractor: (range) => [...new Set([...defaultRangeExtractor(range), at])].sort((a, b) => a - b),
  });
  const items = virtualizer.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more && last >= rows.length - END_NEAR) onEndNear();
  });
  /** Now if the row is in the document, else when it comes. */
  const focusRow = (index: number) => {
    const row = scroller.current?.querySelector<HTMLElement>(`[data-row="${index}"]`);
    focusWanted.current = !row;
    row?.focus({ preventScroll: true });
  };
  useEffect(() => {
    if (focusWanted.current) focusRow(at);
  });
  const goTo = (index: number) => {
    const bounded = Math.max(0, Math.min(index, rows.length - 1));
    virtualizer.scrollToIndex(bounded);
    setCurrent(bounded);
    focusRow(bounded);
  };
  useImperativeHandle(ref, () => ({ move: (step) => goTo(focused(scroller.current) ? at + step : at) }));
  const press = (event: KeyboardEvent) => {
    const row = rows[at];
    const actions: Record<string, (() => void) | undefined> = {
      Home: () => goTo(0),
      End: () => goTo(rows.length - 1),
      PageDown: () => goTo(at + 20),
      PageUp: () => goTo(at - 20),
      Enter: row && (() => onOpen(row)),
    };
    const action = actions[event.key];
    if (!action || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    action();
  };
  return (
    <div ref={scroller} className={styles.scroller} data-stale={stale}>
      <div
        role="grid"
        aria-label="Traces"
        aria-rowcount={more ? -1 : rows.length + 1}
        aria-busy={stale}
        className={styles.grid}
        onKeyDown={press}
      >
        <div role="row" aria-rowindex={1} className={styles.header}>
          {HEADS.map(([label, number]) => (
            <div key={label} role="columnheader" className={number ? styles.number : undefined}>
              {label}
            </div>
          ))}
        </div>
        <div role="rowgroup" className={styles.body} style={{ height: virtualizer.getTotalSize() }}>
          {items.map(({ index, start }) => {
            const row = rows[index];
            return (
              row && (
                <div
                  key={row.trace_id}
                  role="row"
                  aria-rowindex={index + 2}
                  tabIndex={index === at ? 0 : -1}
                  data-row={index}
                  className={styles.row}
                  style={{ transform: `translateY(${start - ROW_PX}px)` }}
                  onClick={() => onOpen(row)}
                  onFocus={() => setCurrent(index)}
                >
                  <Cells row={row} now={now} />
                </div>
              )
            );
          })}
        </div>
      </div>
    </div>
  );
}

function Cells({ row, now }: { row: TraceRow; now: number }) {
  return (
    <>
      <div role="gridcell">{formatRowTime(row.started_at, now)}</div>
      <div role="gridcell" className={styles.name}>
        <Link href={paths.trace(row.trace_id)} tabIndex={-1}>
          <SafeText text={row.name || row.trace_id} />
        </Link>
        {row.preview && (
          <span className={styles.preview}>
            {" "}
            <SafeText text={row.preview} />
          </span>
        )}
      </div>
      <div role="gridcell" className={styles.number}>
        {formatLatency(row.duration_ms)}
      </div>
      <div role="gridcell" className={styles.number}>
        {formatCount(row.spans)}
      </div>
      <div role="gridcell" className={styles.number}>
        {row.errors > 0 ? <span className={styles.errors}>■ {formatCount(row.errors)}</span> : ""}
      </div>
      <div role="gridcell" className={styles.number}>
        {formatCost(row.cost)}
      </div>
      <div role="gridcell" className={styles.number}>
        {formatCompact(row.total_tokens)}
      </div>
      <div role="gridcell">
        <SafeText text={row.models.join(", ")} />
      </div>
      <div role="gridcell">
        <SafeText text={row.user ?? ""} />
        {row.session && row.user && " · "}
        {row.session && (
          <Link
            href={paths.logs({ q: sessionQuery(row.session), from: "all" })}
            tabIndex={-1}
            title={`All logs of session ${visible(row.session)}`}
            onClick={(event) => event.stopPropagation()}
          >
            session
          </Link>
        )}
      </div>
    </>
  );
}

function sessionQuery(session: string): string {
  return `session:${literal(session)}`;
}

function focused(element: HTMLElement | null): boolean {
  return element?.contains(document.activeElement) ?? false;
}
