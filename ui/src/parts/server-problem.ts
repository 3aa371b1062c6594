import { ApiError } from "../api/client";
import type { Problem } from "../lib/url-state";

/** A 400 belongs to the control whose value the server refused; null when it names none. */
export function problemOf(error: Error | null): Problem | null {
  if (!(error instanceof ApiError) || error.status !== 400 || error.param === null) return null;
  const { param, message } = error;
  return { at: isTime(param) ? "time" : param, message };
}

/** The error, unless the question is refused by it: that is said at the question's own control, and there alone. */
export function failureOf(error: Error | null): Error | null {
  return problemOf(error) ? null : error;
}

function isTime(param: string): boolean {
  return param === "from" || param === "to" || param.startsWith("time_of_generation");
}
