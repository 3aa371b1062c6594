import { useQuery } from "@tanstack/react-query";
import { useCallback, useMemo, useRef, useState } from "react";
import { Link, useLocation } from "wouter";
import { traceQuery } from "../api/traces";
import { useLastSegment } from "../lib/address";
import { visible } from "../lib/hostile";
import { next } from "../lib/next";
import { formatCost, formatCount, formatLatency, plural } from "../lib/numbers";
import { paths } from "../lib/paths";
import { withClause } from "../lib/query/edit";
import { isError, isFound, openRows, repeatedCalls, sorted, treeOf, type SpanNode } from "../lib/trace/tree";
import { fitted, panned, readZoom, writeZoom, zoomed, type Zoom } from "../lib/trace/zoom";
import { TRACE_SHOWS, TREE_ORDERS, traceState, type TreeOrder } from "../lib/url-state";
import { ErrorBox } from "../parts/ErrorBox";
import { LogPanel } from "../parts/LogPanel";
import { Minimap } from "../parts/Minimap";
import { useShortcuts } from "../parts/shortcuts";
import { Skeleton } from "../parts/Skeleton";
import { SpanList } from "../parts/SpanList";
import { SpanThread } from "../parts/SpanThread";
import { SpanTree, type SpanTreeHandle } from "../parts/SpanTree";
import { useTabKeys } from "../parts/tab-keys";
import { useFields } from "../parts/useCompletion";
import { usePageState } from "../parts/usePageState";
import { Button } from "../ui/Button";
import { SafeText } from "../ui/SafeText";
import styles from "./trace.module.css";

const SHOW_NAMES = { waterfall: "Waterfall", list: "List", thread: "Thread" };
/** As the tree is, then flat by each. */
const ORDERS: readonly [TreeOrder | null, ...TreeOrder[]] = [null, ...TREE_ORDERS];
const IN = 0.5;
const PAN = 0.25;
const NONE: ReadonlySet<number> = new Set();

/** One trace: where its time and money went. */
export default function TracePage() {
  const [, navigate] = useLocation();
  const id = useLastSegment();
  const { state, update } = usePageState(traceState);
  const { data: trace, error, refetch } = useQuery(traceQuery(id));
  const fields = useFields();
  const [closed, setClosed] = useState(NONE);
  const [criticalShown, setCriticalShown] = useState(true);
  const tree = useRef<SpanTreeHandle>(null);
  const find = useRef<HTMLInputElement>(null);

  const nodes = useMemo(() => treeOf(trace?.spans ?? []), [trace]);
  const { order } = state;
  const rows = useMemo(
    () => (order === null ? openRows(nodes, closed) : sorted(nodes, order)),
    [nodes, closed, order],
  );
  const onlyErrors = state.only === "errors";
  const found = useMemo(
    () =>
      state.find || onlyErrors
        ? new Set(nodes.filter(({ span }) => isFound(span, state.find, onlyErrors)).map(({ index }) => index))
        : null,
    [nodes, state.find, onlyErrors],
  );
  const whole = Math.max(trace?.duration_ms ?? 1, 1);
  const zoom = readZoom(state.zoom, whole) ?? { from: 0, to: whole };
  const current = Math.min(Number(state.span ?? 0) || 0, Math.max(0, nodes.length - 1));

  const setZoom = (next: Zoom) => update({ zoom: writeZoom(next, whole) }, "replace");
  const pick = useCallback(
    (index: number) => {
      const span = nodes[index]?.span;
      const open = state.log !== null && span?.id ? { log: span.id } : {};
      update({ span: index === 0 ? null : String(index), ...open }, "replace");
    },
    [nodes, state.log, update],
  );
  const open = ({ span, index }: SpanNode) => {
    if (span.id)
      update(
        { span: index === 0 ? null : String(index), log: span.id },
        state.log === null ? "push" : "replace",
      );
  };
  const close = () => {
    update({ log: null, tab: "chat", infind: "" });
    tree.current?.reveal(current);
  };
  /** Sorted rows stand flat, the largest first and under the cursor; null is the tree again, the cursor where it was. */
  const sortBy = (next: TreeOrder | null) => {
    const first = next === null ? current : (sorted(nodes, next)[0]?.index ?? 0);
    update({ order: next }, "replace");
    pick(first);
    requestAnimationFrame(() => tree.current?.reveal(first));
  };
  /** To the next span that is looked for, else error, else repeated call; closed rows above it open. */
  const step = (by: 1 | -1) => {
    const errors = nodes.filter(({ span }) => isError(span)).map(({ index }) => index);
    const wanted = found
      ? [...found].sort((a, b) => a - b)
      : errors.length > 0
        ? errors
        : repeatedCalls(nodes);
    const next =
      by > 0
        ? (wanted.find((index) => index > current) ?? wanted[0])
        : (wanted.findLast((index) => index < current) ?? wanted.at(-1));
    if (next === undefined) return;
    const opened = new Set(closed);
    for (let at = nodes[next]?.parent ?? -1; at >= 0; at = nodes[at]?.parent ?? -1) opened.delete(at);
    setClosed(opened);
    pick(next);
    requestAnimationFrame(() => tree.current?.reveal(next));
  };

  const spanNow = nodes[current]?.span;
  useTabKeys(state.log, (tab) => update({ tab }, "replace"));
  useShortcuts("trace", [
    { keys: ["/"], does: "find a span", run: () => find.current?.focus() },
    { keys: ["n"], does: "next match, else error, else repeated tool call", run: () => step(1) },
    { keys: ["N"], does: "the one before", run: () => step(-1) },
    { keys: ["w"], does: "zoom in", run: () => setZoom(zoomed(zoom, IN, whole)) },
    { keys: ["s"], does: "zoom out", run: () => setZoom(zoomed(zoom, 1 / IN, whole)) },
    { keys: ["a"], does: "pan left", run: () => setZoom(panned(zoom, -PAN, whole)) },
    { keys: ["d"], does: "pan right", run: () => setZoom(panned(zoom, PAN, whole)) },
    {
      keys: ["f"],
      does: "fit the span",
      run: () => spanNow && setZoom(fitted(spanNow.start_ms, spanNow.duration_ms ?? 0, whole)),
    },
    { keys: ["0"], does: "the whole trace", run: () => setZoom({ from: 0, to: whole }) },
    {
      keys: ["o"],
      does: "order",
      run: () => sortBy(next(ORDERS, order)),
    },
    { keys: ["m"], does: "critical path", run: () => setCriticalShown((shown) => !shown) },
    { keys: ["r"], does: "reload", run: () => void refetch() },
    { keys: ["Escape"], does: "", run: () => (state.log === null ? false : close()) },
  ]);

  if (error) {
    return (
      <div className={styles.page}>
        <title>Trace · Portlog</title>
        <div className={styles.head}>
          <h1>Trace</h1>
        </div>
        <ErrorBox title="This trace could not be loaded." error={error} onRetry={() => void refetch()} />
      </div>
    );
  }
  const name = nodes.find(({ span }) => span.name)?.span.name ?? id;
  const totals = trace?.totals;
  return (
    <div className={styles.page}>
      <title>{`${visible(name)} · Portlog`}</title>
      <div className={styles.head}>
        <h1 className={styles.title}>
          <Link href={paths.traces()} className={styles.up}>
            Traces
          </Link>{" "}
          <SafeText text={name} />
        </h1>
        {totals && (
          <p className={styles.totals}>
            {[
              plural(totals.spans, "span"),
              formatLatency(trace.duration_ms),
              formatCost(totals.cost),
              `${formatCount(totals.total_tokens)} tokens`,
            ].join(" · ")}
            {totals.errors > 0 && <span className={styles.errors}> · {plural(totals.errors, "error")}</span>}
          </p>
        )}
        <div className={styles.tools}>
          <div role="group" aria-label="Show as" className={styles.shows}>
            {TRACE_SHOWS.map((show) => (
              <Button key={show} aria-pressed={state.show === show} onClick={() => update({ show })}>
                {SHOW_NAMES[show]}
              </Button>
            ))}
          </div>
          <label className={styles.only}>
            <input
              type="checkbox"
              checked={onlyErrors}
              onChange={({ target }) => update({ only: target.checked ? "errors" : null })}
            />
            only errors
          </label>
          <input
            ref={find}
            type="search"
            className={styles.find}
            aria-label="Find a span"
            placeholder="Find a span"
            value={state.find}
            onChange={({ target }) => update({ find: target.value }, "replace")}
            onKeyDown={(event) => {
              if (event.key !== "Enter" && event.key !== "Escape") return;
              event.stopPropagation();
              if (event.key === "Escape") update({ find: "" }, "replace");
              find.current?.blur();
              step(1);
            }}
          />
          {found && <span className={styles.count}>{formatCount(found.size)} found</span>}
        </div>
      </div>
      {trace?.notes.length ? (
        <ul role="list" className={styles.notes} aria-label="Notes">
          {trace.notes.map(({ code, message }) => (
            <li key={code}>{message}</li>
          ))}
        </ul>
      ) : null}
      {trace && <Minimap nodes={nodes} whole={whole} zoom={zoom} onZoom={setZoom} />}
      <div className={styles.body}>
        <div className={styles.main}>
          {!trace && <Skeleton />}
          {trace && state.show === "waterfall" && (
            <SpanTree
              ref={tree}
              nodes={nodes}
              rows={rows}
              whole={whole}
              order={order}
              onOrder={sortBy}
              closed={closed}
              current={current}
              found={found}
              zoom={zoom}
              criticalShown={criticalShown}
              onCurrent={pick}
              onClosed={setClosed}
              onOpen={open}
            />
          )}
          {trace && state.show === "list" && (
            <SpanList
              nodes={nodes}
              whole={whole}
              found={found}
              current={current}
              onCurrent={pick}
              onOpen={open}
            />
          )}
          {trace && state.show === "thread" && (
            <SpanThread
              spans={[...trace.spans].sort((a, b) => a.start_ms - b.start_ms)}
              onOpen={(span) => span.id && update({ log: span.id })}
            />
          )}
        </div>
        {state.log !== null && (
          <LogPanel
            id={state.log}
            tab={state.tab}
            onTab={(tab) => update({ tab }, "replace")}
            find={state.infind}
            onFind={(infind) => update({ infind }, "replace")}
            onFilter={(filter) => navigate(paths.logs({ q: withClause("", filter, fields) }))}
            onClose={close}
          />
        )}
      </div>
    </div>
  );
}
