import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { Link, useLocation } from "wouter";
import { cacheSummaryQuery, ERROR_ORDERS, groupsQuery } from "../api/analytics";
import { facetsQuery } from "../api/fields";
import { askedAt } from "../api/question";
import { dimensionOf, dimensions } from "../lib/graphs/dimensions";
import { GRAPHS } from "../lib/graphs/specs";
import { formatCost, formatCount } from "../lib/numbers";
import { lastSegment, paths } from "../lib/paths";
import { withClause } from "../lib/query/edit";
import { ANALYTICS_TABS, analyticsState, type AnalyticsTab } from "../lib/url-state";
import { ErrorBox } from "../parts/ErrorBox";
import { ErrorGroups } from "../parts/ErrorGroups";
import { GraphCard } from "../parts/GraphCard";
import { GroupTable } from "../parts/GroupTable";
import { QueryBar } from "../parts/QueryBar";
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
/** The table below the graphs: of which dimension, and what of it. */
const TABLES: Record<AnalyticsTab, { by: string; columns: string[]; title: string }> = {
  overview: {
    by: "model",
    columns: ["requests", "cost", "total_tokens", "p90_latency", "error_rate"],
    title: "Models",
  },
  users: { by: "user", columns: ["requests", "cost", "total_tokens", "error_rate"], title: "Users" },
  errors: { by: "model", columns: ["requests", "error_count", "error_rate"], title: "Models" },
  cache: { by: "model", columns: ["requests", "cost", "cache_hit_rate"], title: "Models" },
  feedback: { by: "model", columns: ["requests", "avg_weighted_feedback"], title: "Models" },
};
const ROWS = 10;

/** Graphs of what the question finds. */
export default function AnalyticsPage() {
  const [path, navigate] = useLocation();
  const tab = ANALYTICS_TABS.find((each) => each === lastSegment(path)) ?? "overview";
  const { state, problems, now, ask, update, reload } = usePageQuestion(analyticsState);
  const fields = useFields();
  const { q, from, to } = state;
  const asked = useMemo(() => askedAt({ q, from, to }, now), [q, from, to, now]);
  const by = state.by ? dimensionOf(state.by) : null;
  const split = by?.dimension ?? null;
  const compare = state.compare === "previous";
  const question = useMemo(
    () => ({ ...asked, by: split, compare: compare && !split }),
    [asked, split, compare],
  );
  const { data: facets } = useQuery(facetsQuery(asked, ["metadata"]));
  const keys = (facets ?? []).map(({ field }) => field.replace(/^metadata\./, ""));

  const toLogs = (start: string, end: string, key: string | null) => {
    const filter = key !== null && by?.field ? withClause(q, { field: by.field, value: key }, fields) : q;
    navigate(paths.logs({ q: filter, from: start, to: end }));
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
          error={null}
          onChange={ask}
          onReload={reload}
        >
          <label className={styles.choice}>
            Split by
            <select value={state.by ?? ""} onChange={({ target }) => update({ by: target.value || null })}>
              <option value="">nothing</option>
              {dimensions(keys).map(({ id, label }) => (
                <option key={id} value={id}>
                  {label}
                </option>
              ))}
            </select>
          </label>
          <label className={styles.choice}>
            <input
              type="checkbox"
              checked={compare}
              disabled={split !== null}
              onChange={({ target }) => update({ compare: target.checked ? "previous" : null })}
            />
            Compare with the period before
          </label>
        </QueryBar>
        <nav aria-label="Analytics" className={styles.tabs}>
          {ANALYTICS_TABS.map((each) => (
            <Link
              key={each}
              href={paths.analytics(each, { q, from, to, by: state.by, compare: state.compare })}
              aria-current={each === tab ? "page" : undefined}
            >
              {TAB_NAMES[each]}
            </Link>
          ))}
        </nav>
      </div>
      <div className={styles.body}>
        {tab === "cache" && <Savings asked={asked} />}
        <div className={styles.graphs}>
          {GRAPHS[tab].map((spec) => (
            <GraphCard
              key={`${spec.path} ${spec.title}`}
              spec={spec}
              question={spec.split ? question : { ...question, by: null, compare }}
              onZoom={(start, end) => ask({ from: start, to: end })}
              onLogs={toLogs}
            />
          ))}
        </div>
        {tab === "errors" && (
          <section aria-label="Errors by kind" className={styles.section}>
            <h2>Errors by kind</h2>
            <ErrorGroups
              asked={asked}
              order={ERROR_ORDERS.find((each) => each === state.order) ?? "count"}
              onOrder={(order) => update({ order: order === "count" ? null : order })}
            />
          </section>
        )}
        <Top tab={tab} asked={asked} question={{ q, from, to }} />
      </div>
    </div>
  );
}

function Savings({ asked }: { asked: ReturnType<typeof askedAt> }) {
  const { data } = useQuery(cacheSummaryQuery(asked));
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

interface TopProps {
  tab: AnalyticsTab;
  asked: ReturnType<typeof askedAt>;
  question: { q: string; from: string; to: string | null };
}

/** The values behind the graphs, the most frequent first. */
function Top({ tab, asked, question }: TopProps) {
  const fields = useFields();
  const { by, columns, title } = TABLES[tab];
  const dimension = dimensionOf(by);
  const { data, error, refetch, isPlaceholderData } = useQuery(
    groupsQuery(asked, {
      dimension: dimension?.dimension ?? by,
      columns: [...columns, "last_seen"],
      orderBy: columns[tab === "errors" ? 1 : 0] ?? "requests",
      ascending: false,
      page: 0,
      size: ROWS,
    }),
  );
  if (!dimension) return null;
  return (
    <section aria-label={title} className={styles.section}>
      <h2>
        {title} <Link href={paths.groups(by, question)}>all</Link>
      </h2>
      {error && (
        <ErrorBox title="The table could not be loaded." error={error} onRetry={() => void refetch()} />
      )}
      {data && (
        <GroupTable
          dimension={dimension}
          rows={data.data}
          columns={columns}
          now={asked.now}
          order={columns[tab === "errors" ? 1 : 0] ?? "requests"}
          ascending={false}
          stale={isPlaceholderData}
          hrefOf={(value) =>
            value && dimension.field
              ? paths.logs({
                  ...question,
                  q: withClause(question.q, { field: dimension.field, value }, fields),
                })
              : null
          }
          onOrder={() => undefined}
        />
      )}
    </section>
  );
}
