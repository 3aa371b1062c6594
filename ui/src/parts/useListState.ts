import { useCallback, useMemo } from "react";
import { navigate, useSearch } from "wouter/use-browser-location";
import { paths, UI_BASE } from "../lib/paths";
import { readListState, type ListState } from "../lib/url-state";

/** The list's state, kept in the URL and nowhere else. */
export function useListState() {
  // The raw search text: wouter's own useSearch decodes it once too often.
  const search = useSearch();
  const { state, problems } = useMemo(() => readListState(search), [search]);
  const update = useCallback((patch: Partial<ListState>, how: "push" | "replace" = "push") => {
    const next = { ...readListState(location.search).state, ...patch };
    navigate(UI_BASE + paths.logs(next), { replace: how === "replace" });
  }, []);
  return { state, problems, update };
}
