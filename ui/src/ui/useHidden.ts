import { useSyncExternalStore } from "react";

function subscribe(listener: () => void) {
  document.addEventListener("visibilitychange", listener);
  return () => document.removeEventListener("visibilitychange", listener);
}

/** Whether nobody sees the page: another tab is in front. */
export function useHidden(): boolean {
  return useSyncExternalStore(subscribe, () => document.hidden);
}
