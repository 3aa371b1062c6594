import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useRef } from "react";
import { useLocation } from "wouter";
import { askedAt } from "../api/question";
import { TRACE_ORDERS, tracesQuery, type TraceOrder } from "../api/traces";
import { paths } from "../lib/paths";
import { isLong } from "../lib/time";
import { tracesState } from "../lib/url-state";
import { ErrorBox } from "../parts/ErrorBox";
import { QueryBar } from "../parts/QueryBar";
import { problemOf } from "../parts/server-problem";
import { useShortcuts } from "../parts/shortcuts";
import { Skeleton } from "../parts/Skeleton";
import { TraceTable, type TraceTableHandle } from "../parts/TraceTable";
import { usePageQuestion } from "../parts/usePageState";
import { Waiting } from "../parts/Waiting";
import styles from "./traces.module.css";

const ORDER_NAMES: Record<TraceOrder, string> = {
  newest: "newest first",
  duration: "longest first",
  cost: "dearest first",
  tokens: "most tokens first",
  spans: "most spans first",
};

/** Traces with a span that matches the question. */
export default function TracesPage() {
  const { state, problems, update, now, ask, reload } = usePageQuestion(tracesState);
  const [, navigate] = useLocation();
  const client = useQueryClient();
  const table = useRef<TraceTableHandle>(null);
  const { q, from, to } = state;
  const order = TRACE_ORDERS.find((each) => each === state.order) ?? "newest";
  const asked = useMemo(() => askedAt({ q, from, to }, now), [q, from, to, now]);
  const usable = problems.length === 0;
  const list = useInfiniteQuery({ ...tracesQuery(asked, order), enabled: usable });
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.data) ?? [], [list.data]);
  const refusal = problemOf(list.error);
  const move = (step: number) => (table.current ? table.current.move(step) : false);
  useShortcuts("list", [
    { keys: ["j", "ArrowDown"], does: "next trace", run: () => move(1) },
    { keys: ["k", "ArrowUp"], does: "trace before", run: () => move(-1) },
    {
      keys: ["Enter"],
      does: "",
      run: () => {
        const [row] = rows;
        if (!row || document.activeElement !== document.body) return false;
        navigate(paths.trace(row.trace_id));
      },
    },
  ]);
  return (
    <div className={styles.page}>
      <title>Traces · Portlog</title>
      <div className={styles.head}>
        <h1 className="visually-hidden">Traces</h1>
        <QueryBar
          question={state}
          now={now}
          problems={problems}
          error={list.error}
          onChange={ask}
          onReload={reload}
          onCommitted={() => table.current?.move(0)}
        >
          <select
            aria-label="Order"
            className={styles.order}
            value={order}
            onChange={({ target }) => update({ order: target.value === "newest" ? null : target.value })}
          >
            {TRACE_ORDERS.map((each) => (
              <option key={each} value={each}>
                {ORDER_NAMES[each]}
              </option>
            ))}
          </select>
        </QueryBar>
      </div>
      <div className={styles.body}>
        {usable && !list.isFetchingNextPage && (
          <Waiting
            query={list}
            path="traces"
            onStop={() => void client.cancelQueries({ queryKey: ["traces"] })}
            onNarrow={isLong(from) ? () => ask({ from: "-1h", to: null }) : null}
          />
        )}
        {list.error && !refusal && (
          <ErrorBox
            title="The traces could not be loaded."
            error={list.error}
            onRetry={() => void list.refetch()}
          />
        )}
        {list.isPending && list.isFetching && usable && <Skeleton />}
        {list.isSuccess && rows.length === 0 && (
          <div className={styles.none}>
            <h2>No traces match</h2>
            <p>A trace is shown when any of its spans matches. Try a longer range or fewer words.</p>
          </div>
        )}
        {rows.length > 0 && (
          <TraceTable
            ref={table}
            rows={rows}
            now={now}
            stale={list.isPlaceholderData}
            more={list.hasNextPage}
            onEndNear={() => {
              if (list.hasNextPage && !list.isFetching) void list.fetchNextPage();
            }}
            onOpen={(row) => navigate(paths.trace(row.trace_id))}
          />
        )}
      </div>
    </div>
  );
}
