import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { errorGroupsQuery, ERROR_ORDERS, type ErrorOrder } from "../api/analytics";
import type { Asked } from "../api/question";
import { formatCount, plural } from "../lib/numbers";
import { paths } from "../lib/paths";
import { formatRowTime } from "../lib/time";
import { SafeText } from "../ui/SafeText";
import { SortButton } from "../ui/SortButton";
import { ErrorBox } from "./ErrorBox";
import styles from "./GroupTable.module.css";
import { Status } from "./Status";

interface Props {
  asked: Asked;
  order: ErrorOrder;
  onOrder: (order: ErrorOrder) => void;
}

const LABELS: Record<ErrorOrder, string> = {
  count: "Count",
  first_seen: "First seen",
  last_seen: "Last seen",
};

/** Errors by kind: how often, since when, whom they hit. Each leads to its logs. */
export function ErrorGroups({ asked, order, onOrder }: Props) {
  const { data, error, refetch, isPlaceholderData } = useQuery(errorGroupsQuery(asked, order));
  if (error) {
    return <ErrorBox title="The errors could not be loaded." error={error} onRetry={() => void refetch()} />;
  }
  if (!data) return null;
  if (data.data.length === 0) return <p>No errors in this range.</p>;
  const { from, to } = asked;
  const heads = ERROR_ORDERS.map((id) => (
    <th key={id} scope="col" aria-sort={order === id ? "descending" : undefined}>
      <SortButton onClick={() => onOrder(id)}>{LABELS[id]}</SortButton>
    </th>
  ));
  return (
    <>
      <p>
        {plural(data.errors, "error")} of {plural(data.total, "kind")}
        {data.total > data.data.length && `; the first ${data.data.length} kinds are shown`}
      </p>
      <table className={styles.table} data-stale={isPlaceholderData}>
        <thead>
          <tr>
            <th scope="col">Error</th>
            <th scope="col">Status</th>
            <th scope="col">Trend</th>
            {heads}
            <th scope="col">Users</th>
            <th scope="col">Models</th>
          </tr>
        </thead>
        <tbody>
          {data.data.map((group) => (
            <tr key={group.fingerprint}>
              <th scope="row" className={styles.message}>
                {group.is_new && <span className={styles.new}>new</span>}{" "}
                <Link href={paths.logs({ q: group.q, from, to })}>
                  <SafeText text={group.message || group.error_type || `status ${group.status ?? ""}`} />
                </Link>{" "}
                <Link className={styles.example} href={paths.log(group.example_id)}>
                  example
                </Link>
              </th>
              <td>
                <Status status={group.status} />
              </td>
              <td>
                <Sparkline counts={group.sparkline} />
              </td>
              <td>
                {formatCount(group.count)} ({Math.round(group.share * 10) / 10} %)
              </td>
              <td>{formatRowTime(group.first_seen, asked.now)}</td>
              <td>{formatRowTime(group.last_seen, asked.now)}</td>
              <td>{formatCount(group.users)}</td>
              <td>
                <SafeText text={group.models.slice(0, 3).join(", ")} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

const BAR = 3;
const HEIGHT = 16;

function Sparkline({ counts }: { counts: number[] }) {
  const most = Math.max(1, ...counts);
  return (
    <svg
      className={styles.sparkline}
      width={counts.length * BAR}
      height={HEIGHT}
      role="img"
      aria-label={`${plural(
        counts.reduce((sum, count) => sum + count, 0),
        "error",
      )} over the range`}
    >
      {counts.map((count, index) => {
        const height = count === 0 ? 0 : Math.max(1, (count / most) * HEIGHT);
        return (
          <rect
            key={index}
            x={index * BAR}
            y={HEIGHT - height}
            width={BAR - 1}
            height={height}
            fill="currentColor"
          />
        );
      })}
    </svg>
  );
}
