import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { Link, useLocation } from "wouter";
import { cacheSummaryQuery, ERROR_ORDERS, type ErrorOrder } from "../api/analytics";
import { facetsQuery } from "../api/fields";
import { askedAt } from "../api/question";
import { useLastSegment } from "../lib/address";
import { dimensionOf, dimensions } from "../lib/graphs/dimensions";
import { pointQuery } from "../lib/graphs/finds";
import type { Line } from "../lib/graphs/series";
import { GRAPHS, type GraphSpec } from "../lib/graphs/specs";
import { next } from "../lib/next";
import { formatCost, formatCount } from "../lib/numbers";
import { visible } from "../lib/hostile";
import { paths } from "../lib/paths";
import { ANALYTICS_TABS, analyticsState, type AnalyticsTab } from "../lib/url-state";
import { ErrorBox } from "../parts/ErrorBox";
import { ErrorGroups } from "../parts/ErrorGroups";
import { GraphCard } from "../parts/GraphCard";
import { QueryBar } from "../parts/QueryBar";
import { problemOf } from "../parts/server-problem";
import { useShortcuts } from "../parts/shortcuts";
import { TopGroups } from "../parts/TopGroups";
import { useFields } from "../parts/useCompletion";
import { usePageQuestion } from "../parts/usePageState";
import styles from "./analytics.module.css";

const TAB_NAMES: Record<AnalyticsTab, string> = {
  overview: "Overview",
  users: "Users",
  errors: "Errors",
  cache: "Cache",
  feedback: "Feedback",
};
/** Graphs of what the question finds. */
export default function AnalyticsPage() {
  const [, navigate] = useLocation();
  const chosen = useLastSegment();
  const tab = ANALYTICS_TABS.find((each) => each === chosen) ?? "overview";
  const { state, problems, now, ask, update, reload } = usePageQuestion(analyticsState);
  const fields = useFields();
  const { q, from, to } = state;
  const asked = useMemo(() => askedAt({ q, from, to }, now), [q, from, to, now]);
  const by = useMemo(() => (state.by ? dimensionOf(state.by) : null), [state.by]);
  const split = by?.dimension ?? null;
  const field = by?.field ?? null;
  const compare = state.compare === "previous";
  const question = useMemo(
    () => ({ ...asked, by: split, compare: compare && !split }),
    [asked, split, compare],
  );
  const { data: facets, error } = useQuery(facetsQuery(asked, ["metadata"]));
  // What one of them is refused for, all are.
  const refused = problemOf(error) !== null;
  const keys = useMemo(() => (facets ?? []).map(({ field }) => field.replace(/^metadata\./, "")), [facets]);
  const errorOrder = ERROR_ORDERS.find((each) => each === state.order) ?? "count";

  const tabTo = (each: AnalyticsTab) =>
    paths.analytics(each, { q, from, to, by: state.by, compare: state.compare });
  const splits = useMemo<[string | null, ...string[]]>(
    () => [null, ...dimensions(keys).map(({ id }) => id)],
    [keys],
  );
  const compareWith = (on: boolean) => update({ compare: on ? "previous" : null });
  const orderErrors = (order: ErrorOrder) => update({ order: order === "count" ? null : order });
  useShortcuts("page", [
    ...ANALYTICS_TABS.map((each, index) => ({
      keys: [String(index + 1)],
      does: TAB_NAMES[each],
      run: () => navigate(tabTo(each)),
    })),
    { keys: ["b"], does: "split by the next", run: () => update({ by: next(splits, state.by) }, "replace") },
    ...(split === null
      ? [{ keys: ["c"], does: "compare with the period before", run: () => compareWith(!compare) }]
      : []),
    ...(tab === "errors"
      ? [{ keys: ["o"], does: "order of the errors", run: () => orderErrors(next(ERROR_ORDERS, errorOrder)) }]
      : []),
  ]);
  const toLogs = (spec: GraphSpec, start: string, end: string, line: Line | null) => {
    const found = pointQuery(q, { spec, line, field }, fields);
    navigate(paths.logs({ q: found, from: start, to: end }));
  };
  return (
    <div className={styles.page}>
      <title>{`${TAB_NAMES[tab]} · Analytics · Portlog`}</title>
      <div className={styles.head}>
        <h1 className="visually-hidden">Analytics</h1>
        <QueryBar
          question={state}
          now={now}
          problems={problems}
          error={error}
          onChange={ask}
          onReload={reload}
        >
          <label className={styles.choice}>
            Split by
            <select value={state.by ?? ""} onChange={({ target }) => update({ by: target.value || null })}>
              <option value="">nothing</option>
              {dimensions(keys).map(({ id, label }) => (
                <option key={id} value={id}>
                  {visible(label)}
                </option>
              ))}
            </select>
          </label>
          <label className={styles.choice}>
            <input
              type="checkbox"
              checked={compare}
              disabled={split !== null}
              onChange={({ target }) => compareWith(target.checked)}
            />
            Compare with the period before
          </label>
        </QueryBar>
        <nav aria-label="Analytics" className={styles.tabs}>
          {ANALYTICS_TABS.map((each) => (
            <Link key={each} href={tabTo(each)} aria-current={each === tab ? "page" : undefined}>
              {TAB_NAMES[each]}
            </Link>
          ))}
        </nav>
      </div>
      {!refused && (
        <div className={styles.body}>
          {tab === "cache" && <Savings asked={asked} />}
          <div className={styles.graphs}>
            {GRAPHS[tab].map((spec) => (
              <GraphCard
                key={`${spec.path} ${spec.title}`}
                spec={spec}
                question={spec.split ? question : { ...question, by: null, compare }}
                onZoom={(start, end) => ask({ from: start, to: end })}
                onLogs={(start, end, line) => toLogs(spec, start, end, line)}
              />
            ))}
          </div>
          {tab === "errors" && (
            <section aria-label="Errors by kind" className={styles.section}>
              <h2>Errors by kind</h2>
              <ErrorGroups asked={asked} order={errorOrder} onOrder={orderErrors} />
            </section>
          )}
          <TopGroups
            className={styles.section}
            tab={tab}
            asked={asked}
            order={state.top}
            onOrder={(top) => update({ top }, "replace")}
          />
        </div>
      )}
    </div>
  );
}

function Savings({ asked }: { asked: ReturnType<typeof askedAt> }) {
  const { data, error, refetch } = useQuery(cacheSummaryQuery(asked));
  if (error) {
    return (
      <ErrorBox small title="The savings could not be loaded." error={error} onRetry={() => void refetch()} />
    );
  }
  if (!data) return null;
  return (
    <p className={styles.savings}>
      The gateway’s cache answered <strong>{formatCount(data.hits)}</strong> of{" "}
      {formatCount(data.total_requests)} requests ({Math.round(data.rate * 10) / 10} %) and saved{" "}
      <strong>{formatCost(data.saved)}</strong>
      {data.hits > 0 && `; its answers took ${Math.round(data.cache_speedup)} % less time`}.
    </p>
  );
}
