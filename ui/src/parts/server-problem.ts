import { ApiError } from "../api/client";
import { FIELD_RULES } from "../lib/filters";
import type { ListState, Problem } from "../lib/url-state";

type ServerProblem = Problem | { at: "search"; message: string };

/** A 400 belongs to the control whose value the server refused; null when it names none of ours. */
export function problemOf(error: Error | null, state: ListState): ServerProblem | null {
  if (!(error instanceof ApiError) || error.status !== 400 || error.param === null) return null;
  const { param, message } = error;
  if (param === "q") return { at: "search", message };
  if (param.startsWith("time_of_generation")) return { at: "time", message };
  if (param.startsWith("order_by")) return { at: "sort", message };
  const filter = state.filters.find(({ field }) => FIELD_RULES[field].param === param);
  return filter ? { at: filter, message } : null;
}
