import { formatCost } from "../lib/numbers";

/** Money in dollars, from the API's cents. */
export function Cost({ cents }: { cents: number | null }) {
  return <span title={cents === null ? "No price known yet" : `${cents} ¢`}>{formatCost(cents)}</span>;
}
