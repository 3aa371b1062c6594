import { useQuery } from "@tanstack/react-query";
import { useLocation } from "wouter";
import { viewsQuery } from "../api/views";
import { viewPath } from "./views";

/** "view name": the saved views that the text begins to name. */
export function useViewOptions(text: string, open: boolean) {
  const [, navigate] = useLocation();
  const begun = /^view\s*(.*)$/is.exec(text)?.[1]?.toLowerCase();
  const { data: views } = useQuery({ ...viewsQuery, enabled: open && begun !== undefined });
  if (begun === undefined) return [];
  return (views ?? [])
    .filter(({ name }) => name.toLowerCase().includes(begun))
    .map((view) => ({
      label: `view ${view.name}`,
      detail: view.q,
      text,
      caret: text.length,
      run: () => navigate(viewPath(view)),
    }));
}
