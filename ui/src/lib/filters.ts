/** The filters a list can have: how they are named, checked and sent. Nothing is guessed. */

import type { ValueFilter } from "./value-filter";

export const FILTER_FIELDS = ["status", "model", "provider", "user", "trace", "metadata"] as const;
export type FilterField = (typeof FILTER_FIELDS)[number];

export interface Filter {
  field: FilterField;
  /** Only for metadata: its key, which may hold any character. */
  key?: string;
  value: string;
}

export function filterOf({ field, value }: ValueFilter): Filter {
  return field.startsWith("metadata.")
    ? { field: "metadata", key: field.slice("metadata.".length), value }
    : { field: field as FilterField, value };
}

interface FieldRule {
  label: string;
  /** Query parameter of `GET /v1/logs`. */
  param: string;
  hint: string;
}

export const FIELD_RULES: Record<FilterField, FieldRule> = {
  status: { label: "Status", param: "status_code", hint: "429 or 5xx" },
  model: { label: "Model", param: "ai_model", hint: "gpt-4o or gpt-4o*" },
  provider: { label: "Provider", param: "provider", hint: "openai" },
  user: { label: "User", param: "user", hint: "exact name" },
  trace: { label: "Trace", param: "trace_id", hint: "trace id" },
  metadata: { label: "Metadata", param: "metadata", hint: "exact value" },
};

/** Why a filter cannot be used, as a sentence; null when it can. */
export function filterProblem({ field, key, value }: Filter): string | null {
  if (field === "metadata" && !key) return "Name the metadata key.";
  if (value === "") return "Give a value.";
  if (field === "metadata") return null;
  if (value.includes(",")) return "A comma separates values: add them one by one.";
  if (field === "status" && !/^(\d{1,3}|[1-5]xx)$/.test(value)) {
    return `“${value}” is not a status. Use a code such as 429 or a class such as 5xx.`;
  }
  return null;
}

/** "status 429", "environment = prod": the chip's text. */
export function filterLabel({ field, key, value }: Filter): { name: string; value: string } {
  return { name: field === "metadata" ? (key ?? "") : field, value };
}

export function sameFilter(a: Filter, b: Filter): boolean {
  return a.field === b.field && a.key === b.key && a.value === b.value;
}

/** Adds a filter. Values of one field are alternatives; a metadata key can have only one value. */
export function withFilter(filters: Filter[], added: Filter): Filter[] {
  const others = filters.filter(
    (each) => !sameFilter(each, added) && !(added.field === "metadata" && each.key === added.key),
  );
  return [...others, added];
}

export function withoutFilter(filters: Filter[], removed: Filter): Filter[] {
  return filters.filter((each) => !sameFilter(each, removed));
}

/** The query parameters of `GET /v1/logs` for these filters. */
export function filterParams(filters: Filter[]): Record<string, string> {
  const params: Record<string, string> = {};
  const metadata: Record<string, string> = {};
  for (const { field, key, value } of filters) {
    const { param } = FIELD_RULES[field];
    if (field === "metadata") metadata[key ?? ""] = value;
    else params[param] = params[param] === undefined ? value : `${params[param]},${value}`;
  }
  if (Object.keys(metadata).length > 0) params.metadata = JSON.stringify(metadata);
  return params;
}
