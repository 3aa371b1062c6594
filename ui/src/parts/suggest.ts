import type { LogRow } from "../api/types";
import type { FilterField } from "../lib/filters";

const SUGGESTIONS_MAX = 50;

/** Values of a field among the rows at hand, most frequent first. */
export function suggestFrom(rows: LogRow[], field: FilterField, key: string): string[] {
  const counts = new Map<string, number>();
  for (const row of rows) {
    const value = valueOf(row, field, key);
    if (value) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .slice(0, SUGGESTIONS_MAX)
    .map(([value]) => value);
}

function valueOf(row: LogRow, field: FilterField, key: string): string | null | undefined {
  switch (field) {
    case "status":
      return row.response_status_code?.toString();
    case "model":
      return row.ai_model;
    case "provider":
      return row.ai_org;
    case "user":
      return row.user;
    case "trace":
      return row.trace_id;
    case "metadata":
      return row["metadata.value"][row["metadata.key"].indexOf(key)];
  }
}
