import { formatCompact, formatCost, formatLatency, formatRating, UNKNOWN } from "../numbers";
import type { Unit } from "./specs";

/** A figure of a graph as people read it. */
export function formatUnit(unit: Unit, value: number | null): string {
  if (value === null) return UNKNOWN;
  if (unit === "cents") return formatCost(value);
  if (unit === "ms") return formatLatency(value);
  if (unit === "percent") return `${Math.round(value * 10) / 10} %`;
  if (unit === "rating") return formatRating(value);
  return Number.isInteger(value) ? formatCompact(value) : String(Math.round(value * 100) / 100);
}
