import { useSyncExternalStore } from "react";

/** How much room a row has; remembered in this browser. */
export const DENSITIES = { compact: 24, normal: 28, comfortable: 36 } as const;
export type Density = keyof typeof DENSITIES;

const KEY = "portlog.density";
const listeners = new Set<() => void>();

function current(): Density {
  const stored = localStorage.getItem(KEY);
  return stored === "compact" || stored === "comfortable" ? stored : "normal";
}

export function useDensity(): [Density, (next: Density) => void] {
  const density = useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, current);
  return [density, change];
}

function change(next: Density) {
  localStorage.setItem(KEY, next);
  for (const listener of listeners) listener();
}
