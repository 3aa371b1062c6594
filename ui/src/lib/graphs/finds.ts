/** From a point of a graph to the query of the logs behind it. */

import { withClause, withoutValues, withText } from "../query/edit";
import type { Fields } from "../query/fields";
import type { Line } from "./series";
import type { GraphSpec } from "./specs";

/** What finds the logs of a line, or of the whole graph; `field` is what the page is split by, if it can be asked for. */
export function pointQuery(
  q: string,
  { spec, line, field }: { spec: GraphSpec; line: Line | null; field: string | null },
  fields: Fields,
): string {
  const about = spec.finds ? withText(q, spec.finds, fields) : q;
  const of = line?.of ?? null;
  if (of?.kind === "clause") return withText(about, of.clause, fields);
  if (of === null || field === null) return about;
  return of.kind === "value"
    ? withClause(about, { field, value: of.value }, fields)
    : withoutValues(about, field, of.values, fields);
}
