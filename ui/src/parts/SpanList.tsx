import { defaultRangeExtractor, useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef, useState, type KeyboardEvent } from "react";
import { formatCost, formatCount, formatLatency, formatShare } from "../lib/numbers";
import { isError, selfMs, sorted, type ListOrder, type SpanNode } from "../lib/trace/tree";
import { SafeText } from "../ui/SafeText";
import { SortButton } from "../ui/SortButton";
import styles from "./SpanList.module.css";

interface Props {
  nodes: readonly SpanNode[];
  /** Duration of the trace, ms. */
  whole: number;
  found: ReadonlySet<number> | null;
  current: number;
  onCurrent: (index: number) => void;
  onOpen: (node: SpanNode) => void;
}

const ROW_PX = 28;
const HEADS: [order: ListOrder, label: string][] = [
  ["start", "Start"],
  ["duration", "Duration"],
  ["self", "Self time"],
  ["cost", "Cost"],
  ["tokens", "Tokens"],
];

/** The spans flat, the largest first: which one took the time, and how much of the whole. */
export function SpanList({ nodes, whole, found, current, onCurrent, onOpen }: Props) {
  const [order, setOrder] = useState<ListOrder>("start");
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useMemo(
    () => sorted(nodes, order).filter(({ index }) => found === null || found.has(index)),
    [nodes, order, found],
  );
  const at = Math.max(
    0,
    rows.findIndex(({ index }) => index === current),
  );
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    scrollMargin: ROW_PX,
    scrollPaddingStart: ROW_PX,
    overscan: 6,
    rangeExtractor: (range) => [...new Set([...defaultRangeExtractor(range), at])].sort((a, b) => a - b),
  });
  const sortBy = (next: ListOrder) => {
    setOrder(next);
    const first = sorted(nodes, next).find(({ index }) => found === null || found.has(index));
    if (first) onCurrent(first.index);
    virtualizer.scrollToIndex(0);
    requestAnimationFrame(() =>
      scroller.current?.querySelector<HTMLElement>("[tabindex='0'][data-row]")?.focus(),
    );
  };
  const press = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[event.key];
    const node = step ? rows[at + step] : rows[at];
    if (!node || (!step && event.key !== "Enter")) return;
    event.preventDefault();
    event.stopPropagation();
    if (!step) {
      onOpen(node);
      return;
    }
    virtualizer.scrollToIndex(at + step);
    onCurrent(node.index);
    requestAnimationFrame(() =>
      scroller.current?.querySelector<HTMLElement>("[tabindex='0'][data-row]")?.focus(),
    );
  };
  return (
    <div ref={scroller} className={styles.scroller}>
      <div role="grid" aria-label="Spans" aria-rowcount={rows.length + 1} className={styles.grid}>
        <div role="row" aria-rowindex={1} className={styles.header}>
          <div role="columnheader">Name</div>
          {HEADS.map(([name, label]) => (
            <div
              key={name}
              role="columnheader"
              aria-sort={order === name ? (name === "start" ? "ascending" : "descending") : undefined}
              className={styles.number}
            >
              <SortButton onClick={() => sortBy(name)}>{label}</SortButton>
            </div>
          ))}
        </div>
        <div role="rowgroup" className={styles.body} style={{ height: virtualizer.getTotalSize() }}>
          {virtualizer.getVirtualItems().map(({ index, start }) => {
            const node = rows[index];
            if (!node) return null;
            const { span } = node;
            const self = selfMs(span);
            return (
              <div
                key={node.index}
                role="row"
                aria-rowindex={index + 2}
                aria-selected={node.index === current}
                tabIndex={index === at ? 0 : -1}
                data-row={index}
                className={styles.row}
                style={{ transform: `translateY(${start - ROW_PX}px)` }}
                onClick={() => onCurrent(node.index)}
                onDoubleClick={() => onOpen(node)}
                onKeyDown={press}
              >
                <div role="gridcell" className={styles.name}>
                  <SafeText text={span.name ?? span.model ?? "span"} />
                  {isError(span) && <span className={styles.error}> ■ error</span>}
                </div>
                <div role="gridcell" className={styles.number}>
                  {formatLatency(span.start_ms)}
                </div>
                <div role="gridcell" className={styles.number}>
                  {formatLatency(span.duration_ms ?? null)}
                </div>
                <div role="gridcell" className={styles.number}>
                  {formatLatency(self)}
                  <span className={styles.share}>{formatShare(self, whole)}</span>
                </div>
                <div role="gridcell" className={styles.number}>
                  {span.cost_usd === undefined ? "" : formatCost(span.cost_usd * 100)}
                </div>
                <div role="gridcell" className={styles.number}>
                  {span.total_tokens === undefined ? "" : formatCount(span.total_tokens)}
                </div>
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}
