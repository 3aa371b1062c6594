import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { groupsQuery } from "../api/analytics";
import type { Asked } from "../api/question";
import { dimensionOf } from "../lib/graphs/dimensions";
import { groupOrder, turnedOrder } from "../lib/graphs/order";
import { paths } from "../lib/paths";
import type { AnalyticsTab } from "../lib/url-state";
import { ErrorBox } from "./ErrorBox";
import { GroupTable } from "./GroupTable";

/** The table below the graphs: of which dimension, and what of it. */
const TABLES: Record<AnalyticsTab, { by: string; columns: string[]; order: string; title: string }> = {
  overview: {
    by: "model",
    columns: ["requests", "cost", "total_tokens", "p90_latency", "error_rate"],
    order: "requests",
    title: "Models",
  },
  users: {
    by: "user",
    columns: ["requests", "cost", "total_tokens", "error_rate"],
    order: "requests",
    title: "Users",
  },
  errors: {
    by: "model",
    columns: ["requests", "error_count", "error_rate"],
    order: "error_count",
    title: "Models",
  },
  cache: { by: "model", columns: ["requests", "cost", "cache_hit_rate"], order: "requests", title: "Models" },
  feedback: {
    by: "model",
    columns: ["requests", "avg_weighted_feedback"],
    order: "requests",
    title: "Models",
  },
};
const ROWS = 10;

interface Props {
  tab: AnalyticsTab;
  asked: Asked;
  /** Of the URL; null is the table's own. */
  order: string | null;
  onOrder: (order: string | null) => void;
  className?: string;
}

/** The values behind the graphs, the first ten by any column. */
export function TopGroups({ tab, asked, order, onOrder, className }: Props) {
  const { by, columns, order: initial, title } = TABLES[tab];
  const dimension = dimensionOf(by);
  const { column, ascending } = groupOrder(order ?? initial);
  // Another tab's column may not be in this table.
  const known = dimension && [dimension.dimension, ...columns, "last_seen"].includes(column);
  const orderBy = known ? column : initial;
  const { data, error, refetch, isPlaceholderData } = useQuery(
    groupsQuery(asked, {
      dimension: dimension?.dimension ?? by,
      columns: [...columns, "last_seen"],
      orderBy,
      ascending,
      page: 0,
      size: ROWS,
    }),
  );
  if (!dimension) return null;
  const { q, from, to } = asked;
  return (
    <section aria-label={title} className={className}>
      <h2>
        {title} <Link href={paths.groups(by, { q, from, to, order: known ? order : null })}>all</Link>
      </h2>
      {error && (
        <ErrorBox title="The table could not be loaded." error={error} onRetry={() => void refetch()} />
      )}
      {data && (
        <GroupTable
          dimension={dimension}
          rows={data.data}
          columns={columns}
          asked={asked}
          order={orderBy}
          ascending={ascending}
          stale={isPlaceholderData}
          onOrder={(next) => {
            const turned = turnedOrder(next, orderBy, ascending);
            onOrder(turned === initial ? null : turned);
          }}
        />
      )}
    </section>
  );
}
