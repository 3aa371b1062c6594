/** What the gateway did to a call, in the vendor's own words. */

interface Seen {
  cache_status: string | null;
  retry_success_count?: number | null;
  mode?: string | null;
  option?: string | number | null;
}

const CACHE: Record<string, string> = {
  HIT: "Cache Hit",
  "SEMANTIC HIT": "Cache Semantic Hit",
  MISS: "Cache Miss",
  "SEMANTIC MISS": "Cache Semantic Miss",
  REFRESH: "Cache Refreshed",
  // The cache was off: nothing was done.
  DISABLED: "",
};

export function gatewayChips({ cache_status, retry_success_count, mode, option }: Seen): string[] {
  const cache = cache_status && (CACHE[cache_status.toUpperCase()] ?? `Cache ${cache_status}`);
  return [cache, retryChip(retry_success_count ?? 0), modeChip(mode ?? null, option ?? null)].filter(
    (chip): chip is string => !!chip,
  );
}

/** -1: all tries failed. */
function retryChip(tries: number): string | null {
  if (tries < 0) return "Retries Failed";
  return tries === 0 ? null : `Retry Success on ${tries} ${tries === 1 ? "Try" : "Tries"}`;
}

/** `option` is the target that answered: its number, or its path such as "config.targets[1]". */
function modeChip(mode: string | null, option: string | number | null): string | null {
  if (mode === "loadbalance") return "Loadbalanced";
  const target = Number(/(\d+)\D*$/.exec(String(option ?? ""))?.[1] ?? 0);
  return mode === "fallback" && target > 0 ? "Fallback Active" : null;
}
