import { useQuery } from "@tanstack/react-query";
import { explainQuery } from "../api/explain";
import type { ExplainedCost } from "../api/types";
import { formatCount, formatUsd } from "../lib/numbers";
import { Popover } from "../ui/Popover";
import { SafeText } from "../ui/SafeText";
import { Cost } from "./Cost";
import styles from "./CostButton.module.css";
import { ErrorBox } from "./ErrorBox";

/** The cost, and behind it how it came about. */
export function CostButton({ id, cents }: { id: string; cents: number | null }) {
  return (
    <Popover label="How the cost came about" icon="down" look="quiet" button={<Cost cents={cents} />}>
      {() => <Breakdown id={id} />}
    </Popover>
  );
}

function Breakdown({ id }: { id: string }) {
  const { data, error, refetch } = useQuery(explainQuery(id));
  if (error) {
    return (
      <ErrorBox small title="The cost could not be explained." error={error} onRetry={() => void refetch()} />
    );
  }
  if (!data) return <p className={styles.box}>Loading…</p>;
  return (
    <div className={styles.box} tabIndex={-1} data-autofocus>
      <Lines cost={data.cost} />
      <p>
        <SafeText text={data.cost.reason} />
      </p>
      <PriceUsed cost={data.cost} />
      {!data.cost.matches && (
        <p className={styles.changed}>
          Shown is {formatUsd(data.cost.shown_usd)}: rules or prices have changed since it was derived.
        </p>
      )}
    </div>
  );
}

/** tokens × price per million = amount, line by line. */
function Lines({ cost }: { cost: ExplainedCost }) {
  if (cost.parts.length === 0) return null;
  return (
    <table className={styles.table} aria-label="Parts of the cost">
      <thead>
        <tr>
          <th scope="col">Part</th>
          <th scope="col">Tokens</th>
          <th scope="col">$ per million</th>
          <th scope="col">Amount</th>
        </tr>
      </thead>
      <tbody>
        {cost.parts.map((part, index) => (
          <tr key={index}>
            <th scope="row">
              <SafeText text={part.what === "sent" ? "sent by client" : part.what} />
            </th>
            <td>{formatCount(part.tokens)}</td>
            <td>{part.usd_per_million === null ? "–" : `× ${part.usd_per_million}`}</td>
            <td>{formatUsd(part.usd)}</td>
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row">Sum</th>
          <td />
          <td />
          <td>{formatUsd(cost.usd)}</td>
        </tr>
      </tfoot>
    </table>
  );
}

function PriceUsed({ cost: { price } }: { cost: ExplainedCost }) {
  if (!price) return null;
  const since = price.since ? `, in force since ${price.since}` : "";
  const until = price.until ? ` until ${price.until}` : "";
  const tier = price.tier ? `, tier ${price.tier}` : "";
  const less = price.discount_percent > 0 ? `, less ${price.discount_percent} %` : "";
  return (
    <p className={styles.source}>
      Price of <SafeText text={`${price.provider} ${price.model}`} /> from{" "}
      {price.source === "own" ? "your own prices" : price.source} ({price.version}){since}
      {until}
      {tier}
      {less}.
    </p>
  );
}
