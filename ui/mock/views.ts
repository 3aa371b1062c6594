/** Saved views. */

import type { View } from "../src/api/types";
import { Refused, type MockRoute } from "./routes";

const views: View[] = [];
let made = 0;

export const viewRoutes: MockRoute[] = [
  { method: "GET", path: "views", answer: () => ({ object: "list", data: views }) },
  {
    method: "POST",
    path: "views",
    answer: ({ body }) => {
      made += 1;
      const now = new Date().toISOString();
      const view = {
        ...(body as View),
        object: "view" as const,
        id: `v${made}`,
        created_at: now,
        updated_at: now,
      };
      views.push(view);
      return view;
    },
  },
  {
    method: "PUT",
    path: "views/:id",
    answer: ({ body, path }) => Object.assign(find(path.id), body, { updated_at: new Date().toISOString() }),
  },
  {
    method: "DELETE",
    path: "views/:id",
    answer: ({ path }) => {
      views.splice(views.indexOf(find(path.id)), 1);
      return { success: true };
    },
  },
];

function find(id: string | undefined): View {
  const view = views.find((each) => each.id === id);
  if (!view) throw new Refused(404, "No such view.");
  return view;
}
