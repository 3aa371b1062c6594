import { Link } from "wouter";
import type { Group } from "../api/analytics";
import type { Asked } from "../api/question";
import type { Dimension } from "../lib/graphs/dimensions";
import { formatCompact, formatCost, formatCount, formatLatency, formatRating, UNKNOWN } from "../lib/numbers";
import { paths } from "../lib/paths";
import { withClause } from "../lib/query/edit";
import { formatRowTime } from "../lib/time";
import { SafeText } from "../ui/SafeText";
import { SortButton } from "../ui/SortButton";
import styles from "./GroupTable.module.css";
import { useFields } from "./useCompletion";

interface Column {
  id: string;
  label: string;
  format: (value: number | null) => string;
}

const percent = (value: number | null) => (value === null ? UNKNOWN : `${Math.round(value * 10) / 10} %`);

/** What is shown of a group, by the API's names. */
export const GROUP_COLUMNS: readonly Column[] = [
  { id: "requests", label: "Requests", format: formatCount },
  { id: "cost", label: "Cost", format: formatCost },
  { id: "total_tokens", label: "Tokens", format: formatCompact },
  { id: "avg_latency", label: "Mean latency", format: formatLatency },
  { id: "p90_latency", label: "p90", format: formatLatency },
  { id: "p99_latency", label: "p99", format: formatLatency },
  { id: "error_count", label: "Errors", format: formatCount },
  { id: "error_rate", label: "Error rate", format: percent },
  { id: "cache_hit_rate", label: "Cache hits", format: percent },
  { id: "avg_weighted_feedback", label: "Feedback", format: formatRating },
];

interface Props {
  dimension: Dimension;
  rows: readonly Group[];
  /** Ids of GROUP_COLUMNS. */
  columns: readonly string[];
  asked: Asked;
  order: string;
  ascending: boolean;
  stale: boolean;
  onOrder: (column: string) => void;
}

/** Requests by the values of a dimension. */
export function GroupTable(props: Props) {
  const { dimension, rows, columns, asked, order, ascending, stale, onOrder } = props;
  const { q, from, to, now } = asked;
  const fields = useFields();
  const { field } = dimension;
  const shown = GROUP_COLUMNS.filter(({ id }) => columns.includes(id));
  const head = (id: string, label: string) => (
    <th key={id} scope="col" aria-sort={order === id ? (ascending ? "ascending" : "descending") : undefined}>
      <SortButton onClick={() => onOrder(id)}>{label}</SortButton>
    </th>
  );
  return (
    <table className={styles.table} data-stale={stale}>
      <thead>
        <tr>
          {head(dimension.dimension, dimension.label)}
          {shown.map(({ id, label }) => head(id, label))}
          {head("last_seen", "Last seen")}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => {
          const value = String(row[dimension.dimension] ?? "");
          // An empty value is asked for as such, where the field has one.
          const href =
            field && (value !== "" || field !== "status")
              ? paths.logs({ q: withClause(q, { field, value }, fields), from, to })
              : null;
          return (
            <tr key={value}>
              <th scope="row">
                {href ? (
                  <Link href={href}>
                    <SafeText text={value || "(none)"} />
                  </Link>
                ) : (
                  <SafeText text={value || "(none)"} />
                )}
              </th>
              {shown.map(({ id, format }) => (
                <td key={id}>{format(numberOf(row[id]))}</td>
              ))}
              <td>{typeof row.last_seen === "string" ? formatRowTime(row.last_seen, now) : UNKNOWN}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** Some figures are text in the vendor's schema. */
function numberOf(value: string | number | null | undefined): number | null {
  return value === null || value === undefined || value === "" ? null : Number(value);
}
