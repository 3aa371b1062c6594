import { useSyncExternalStore } from "react";

/** The reader's choice of theme. `boot/theme.js` applies it before the first paint. */

export type Theme = "system" | "light" | "dark";

const KEY = "portlog.theme";
const listeners = new Set<() => void>();

export function useTheme(): Theme {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => (document.documentElement.dataset.theme as Theme | undefined) ?? "system",
  );
}

export function setTheme(theme: Theme) {
  if (theme === "system") {
    delete document.documentElement.dataset.theme;
    localStorage.removeItem(KEY);
  } else {
    document.documentElement.dataset.theme = theme;
    localStorage.setItem(KEY, theme);
  }
  listeners.forEach((listener) => listener());
}
