import { defaultRangeExtractor, useVirtualizer } from "@tanstack/react-virtual";
import {
  useCallback,
  useEffect,
  useImperativeHandle,
  useRef,
  type KeyboardEvent,
  type MouseEvent,
  type Ref,
} from "react";
import { formatTick } from "../lib/numbers";
import { hasChildren, type SpanNode } from "../lib/trace/tree";
import { ticks, type Zoom } from "../lib/trace/zoom";
import type { TreeOrder } from "../lib/url-state";
import { SortButton } from "../ui/SortButton";
import { useShortcuts } from "./shortcuts";
import { SpanRow, ZoomContext } from "./SpanRow";
import styles from "./SpanTree.module.css";

export interface SpanTreeHandle {
  /** Shows a row and gives it the focus. */
  reveal: (index: number) => void;
}

interface Props {
  ref: Ref<SpanTreeHandle>;
  /** All spans. */
  nodes: readonly SpanNode[];
  /** Those that are not below a closed one; all, flat, when they are sorted. */
  rows: readonly SpanNode[];
  /** Duration of the trace, ms. */
  whole: number;
  /** Largest first by this; null is the tree. */
  order: TreeOrder | null;
  onOrder: (order: TreeOrder | null) => void;
  closed: ReadonlySet<number>;
  /** Index of the span under the cursor. */
  current: number;
  /** Spans that are looked for; null when nothing is. */
  found: ReadonlySet<number> | null;
  zoom: Zoom;
  criticalShown: boolean;
  onCurrent: (index: number) => void;
  onClosed: (closed: ReadonlySet<number>) => void;
  onOpen: (node: SpanNode) => void;
}

const HEADS: [order: TreeOrder, label: string][] = [
  ["duration", "Duration"],
  ["self", "Self time"],
  ["cost", "Cost"],
];
const ROW_PX = 28;
const HEADER_PX = 28;
const TICKS = 6;

/** The waterfall: a tree whose rows have their bar in time. Only the rows that are seen are in the document. */
export function SpanTree(props: Props) {
  const { ref, nodes, rows, whole, order, closed, current, found, zoom, criticalShown } = props;
  const { onOrder, onCurrent, onClosed, onOpen } = props;
  const flat = order !== null;
  const scroller = useRef<HTMLDivElement>(null);
  const focusWanted = useRef(false);
  const row = Math.max(
    0,
    rows.findIndex(({ index }) => index === current),
  );
  // Another function would have all places reckoned anew, at each frame.
  const keyAt = useCallback((at: number) => rows[at]?.index ?? at, [rows]);
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    getItemKey: keyAt,
    scrollMargin: HEADER_PX,
    scrollPaddingStart: HEADER_PX,
    overscan: 6,
    rangeExtractor: (range) => [...new Set([...defaultRangeExtractor(range), row])].sort((a, b) => a - b),
  });

  /** Now if the row is in the document, else when it comes. */
  const focusRow = (index: number) => {
    const element = scroller.current?.querySelector<HTMLElement>(`[data-index="${index}"]`);
    focusWanted.current = !element;
    element?.focus({ preventScroll: true });
  };
  useEffect(() => {
    if (focusWanted.current) focusRow(current);
  });
  const goTo = (node: SpanNode | undefined) => {
    if (!node) return;
    const at = rows.indexOf(node);
    if (at >= 0) virtualizer.scrollToIndex(at);
    onCurrent(node.index);
    focusRow(node.index);
  };
  useImperativeHandle(ref, () => ({
    reveal: (index) => {
      const at = rows.findIndex((each) => each.index === index);
      if (at >= 0) virtualizer.scrollToIndex(at, { align: "center" });
      focusRow(index);
    },
  }));

  const toggle = (node: SpanNode) => {
    const next = new Set(closed);
    if (!next.delete(node.index)) next.add(node.index);
    onClosed(next);
  };
  /** The span of the row that an event is of. */
  const nodeAt = (target: EventTarget) =>
    nodes[Number((target as Element).closest<HTMLElement>("[data-index]")?.dataset.index ?? -1)];
  const pick = ({ target }: MouseEvent) => {
    const node = nodeAt(target);
    if (!node) return;
    if ((target as Element).closest("[data-toggle]")) toggle(node);
    else onCurrent(node.index);
  };
  /** What each key does on a row. */
  const actionsOf = (node: SpanNode): Record<string, () => void> => {
    const open = hasChildren(node) && !closed.has(node.index);
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / ROW_PX) - 2);
    return {
      ArrowDown: () => goTo(rows[row + 1]),
      ArrowUp: () => goTo(rows[row - 1]),
      j: () => goTo(rows[row + 1]),
      k: () => goTo(rows[row - 1]),
      PageDown: () => goTo(rows[Math.min(row + page, rows.length - 1)]),
      PageUp: () => goTo(rows[Math.max(row - page, 0)]),
      Home: () => goTo(rows[0]),
      End: () => goTo(rows.at(-1)),
      ArrowRight: () => {
        if (flat) return;
        if (open) goTo(rows[row + 1]);
        else if (hasChildren(node)) toggle(node);
      },
      ArrowLeft: () => {
        if (flat) return;
        if (open) toggle(node);
        else goTo(nodes[node.parent]);
      },
      "Shift+ArrowRight": () => {
        if (!flat) onClosed(new Set());
      },
      "Shift+ArrowLeft": () => {
        const roots = nodes.filter((each) => each.parent < 0 && hasChildren(each));
        if (!flat) onClosed(new Set(roots.map(({ index }) => index)));
      },
      Enter: () => onOpen(node),
    };
  };
  // Before any row has the focus, they are for the current one.
  const currentNode = rows[row];
  useShortcuts(
    "trace",
    Object.entries(currentNode ? actionsOf(currentNode) : {}).map(([key, run]) => ({
      keys: [key],
      does: "",
      run: () => {
        if (document.activeElement !== document.body) return false;
        focusRow(current);
        run();
      },
    })),
  );
  const press = (event: KeyboardEvent) => {
    const node = nodeAt(event.target);
    if (!node || event.altKey || event.ctrlKey || event.metaKey) return;
    const action = actionsOf(node)[event.shiftKey && event.key.length > 1 ? `Shift+${event.key}` : event.key];
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  };

  return (
    <div ref={scroller} className={styles.scroller}>
      <div
        role="treegrid"
        aria-label="Spans"
        aria-rowcount={rows.length + 1}
        aria-colcount={5}
        className={styles.grid}
      >
        <div role="row" aria-rowindex={1} className={styles.header}>
          <div role="columnheader">
            {flat ? <SortButton onClick={() => onOrder(null)}>Name · back to the tree</SortButton> : "Name"}
          </div>
          <div role="columnheader" className={styles.ruler} aria-label="Time">
            {ticks(zoom, TICKS).map((at) => (
              <span
                key={at}
                className={styles.tick}
                style={{ left: `${((at - zoom.from) / (zoom.to - zoom.from)) * 100}%` }}
              >
                {formatTick(at)}
              </span>
            ))}
          </div>
          {HEADS.map(([name, label]) => (
            <div
              key={name}
              role="columnheader"
              aria-sort={order === name ? "descending" : undefined}
              className={styles.right}
            >
              <SortButton onClick={() => onOrder(name)}>{label}</SortButton>
            </div>
          ))}
        </div>
        <div
          role="rowgroup"
          className={styles.body}
          style={{ height: virtualizer.getTotalSize() }}
          onClick={pick}
          onDoubleClick={(event) => {
            const node = nodeAt(event.target);
            if (node) onOpen(node);
          }}
          onKeyDown={press}
        >
          <ZoomContext value={zoom}>
            {virtualizer.getVirtualItems().map(({ index: at, start, key }) => {
              const node = rows[at];
              return (
                node && (
                  <SpanRow
                    key={key}
                    node={node}
                    row={at}
                    flat={flat}
                    whole={whole}
                    top={start - HEADER_PX}
                    open={!closed.has(node.index)}
                    current={at === row}
                    selected={node.index === current}
                    dim={found !== null && !found.has(node.index)}
                    criticalShown={criticalShown}
                  />
                )
              );
            })}
          </ZoomContext>
        </div>
      </div>
    </div>
  );
}
