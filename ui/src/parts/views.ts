/** What a saved view keeps of a page's state, and the way back to it. */

import type { View } from "../api/types";
import { paths } from "../lib/paths";
import { DEFAULT_FROM } from "../lib/time";

/** The page of a view as it was saved. */
export function viewPath(view: View): string {
  const question = { q: view.q, from: view.from ?? DEFAULT_FROM, to: view.to };
  switch (view.page) {
    case "traces":
      return paths.traces(question);
    case "analytics":
      return paths.analytics("overview", question);
    case "groups":
      return paths.groups("model", question);
    default:
      return paths.logs({ ...question, cols: view.columns, view: view.id });
  }
}
