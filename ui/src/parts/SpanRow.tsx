import { createContext, memo, use } from "react";
import { formatCost, formatLatency, formatShare } from "../lib/numbers";
import { hasChildren, isError, kindLetter, selfMs, type SpanNode } from "../lib/trace/tree";
import { barOf, type Zoom } from "../lib/trace/zoom";
import { Icon } from "../ui/icons";
import { SafeText } from "../ui/SafeText";
import styles from "./SpanTree.module.css";

interface Props {
  node: SpanNode;
  /** Place among the rows that are open, from 0. */
  row: number;
  /** Rows are sorted and have no depth. */
  flat: boolean;
  /** Duration of the trace, ms. */
  whole: number;
  top: number;
  open: boolean;
  current: boolean;
  selected: boolean;
  dim: boolean;
  criticalShown: boolean;
}

/** The window of time that is looked at. */
export const ZoomContext = createContext<Zoom>({ from: 0, to: 1 });

/** One span: its name in the tree, its bar in time, its figures. What is done with it the tree hears. */
export const SpanRow = memo(function SpanRow(props: Props) {
  const { node, row, flat, whole, top, open, current, selected, dim, criticalShown } = props;
  const { span } = node;
  const self = selfMs(span);
  const foldable = hasChildren(node) && !flat;
  return (
    <div
      role="row"
      aria-level={flat ? 1 : span.depth + 1}
      aria-posinset={flat ? undefined : node.position}
      aria-setsize={flat ? undefined : node.siblings}
      aria-expanded={foldable ? open : undefined}
      aria-selected={selected}
      aria-rowindex={row + 2}
      tabIndex={current ? 0 : -1}
      data-index={node.index}
      data-selected={selected}
      data-dim={dim}
      className={styles.row}
      style={{ transform: `translateY(${top}px)` }}
    >
      <div
        role="gridcell"
        className={styles.name}
        style={{ paddingLeft: `${8 + (flat ? 0 : Math.min(span.depth, 40) * 14)}px` }}
      >
        {foldable ? (
          <span aria-hidden="true" data-toggle className={styles.toggle}>
            <Icon name={open ? "down" : "right"} />
          </span>
        ) : (
          <span aria-hidden="true" className={styles.leaf} />
        )}
        <span className={styles.kind} data-kind={span.kind} title={span.kind ?? "span"}>
          {span.placeholder ? "?" : kindLetter(span.kind)}
        </span>
        <span className={styles.label}>
          {span.placeholder ? (
            <em>parent not received</em>
          ) : (
            <>
              <SafeText text={span.name ?? span.model ?? "span"} />
              {span.model && span.model !== span.name && (
                <span className={styles.model}>
                  {" "}
                  <SafeText text={span.model} />
                </span>
              )}
            </>
          )}
        </span>
        {isError(span) && <span className={styles.error}>■ error</span>}
        {span.outcome === "pending" && <span className={styles.mark}>pending</span>}
        {span.cycle_cut && <span className={styles.mark}>circle cut</span>}
        {span.duplicate_of && <span className={styles.mark}>seen twice</span>}
      </div>
      <div role="gridcell" className={styles.time} aria-label={`starts at ${formatLatency(span.start_ms)}`}>
        {!span.placeholder && <Bar node={node} critical={criticalShown && span.on_critical_path === true} />}
      </div>
      <div role="gridcell" className={styles.figures}>
        {span.placeholder ? "" : formatLatency(span.duration_ms ?? null)}
      </div>
      <div role="gridcell" className={styles.figures}>
        {!span.placeholder && (
          <>
            {formatLatency(self)}
            <span className={styles.share}>{formatShare(self, whole)}</span>
          </>
        )}
      </div>
      <div role="gridcell" className={styles.cost}>
        {span.cost_usd === undefined ? "" : formatCost(span.cost_usd * 100)}
      </div>
    </div>
  );
});

/** All of a row that moves when one zooms. */
function Bar({ node: { span }, critical }: { node: SpanNode; critical: boolean }) {
  const bar = barOf(span.start_ms, span.duration_ms ?? 0, use(ZoomContext));
  if (!bar) return null;
  const place = { left: `${bar.left}%`, width: `${bar.width}%` };
  return (
    <>
      <span className={styles.bar} data-kind={span.kind} data-error={isError(span)} style={place} />
      {critical && <span className={styles.critical} style={place} />}
    </>
  );
}
