/** The keys of the page at hand: bound and listed from one place, so that `?` never lies. */

import { useEffect, useId } from "react";
import { useKeys } from "../ui/useKeys";

/** Where keys belong, from the outside in: the innermost place that binds a key has it. */
export const PLACES = ["anywhere", "page", "list", "graph", "trace", "panel"] as const;
export type Place = (typeof PLACES)[number];

export interface Shortcut {
  /** Each does the same: see ui/useKeys for names. */
  keys: string[];
  /** What it does, for the list behind `?`. Empty: not listed. */
  does: string;
  /** `false`: not now; the key is left to others. */
  run: () => unknown;
  /** Bound by a part itself: it cannot be given another key. */
  fixed?: boolean;
}

interface Listed {
  place: Place;
  shortcuts: Shortcut[];
}

const listed = new Map<string, Listed>();

/** Binds keys while mounted, and lists them. */
export function useShortcuts(place: Place, shortcuts: Shortcut[]) {
  const id = useId();
  useKeys(
    Object.fromEntries(shortcuts.flatMap(({ keys, run }) => keys.map((key) => [key, run]))),
    PLACES.indexOf(place),
  );
  useEffect(() => {
    listed.set(id, { place, shortcuts });
  });
  useEffect(() => () => void listed.delete(id), [id]);
}

/** Keys that a part binds by itself, on its own element: only listed. */
export function useListedKeys(place: Place, keys: [keys: string[], does: string][]) {
  const id = useId();
  useEffect(() => {
    listed.set(id, {
      place,
      shortcuts: keys.map(([names, does]) => ({ keys: names, does, run: () => false, fixed: true })),
    });
  });
  useEffect(() => () => void listed.delete(id), [id]);
}

/** What is bound right now, by place. */
export function shortcutsNow(): Listed[] {
  return PLACES.map((place) => ({
    place,
    shortcuts: [...listed.values()]
      .filter((each) => each.place === place)
      .flatMap((each) => each.shortcuts)
      .filter(({ does }) => does !== ""),
  })).filter(({ shortcuts }) => shortcuts.length > 0);
}

const SIGNS: Record<string, string> = {
  ArrowUp: "↑",
  ArrowDown: "↓",
  ArrowLeft: "←",
  ArrowRight: "→",
  PageUp: "PgUp",
  PageDown: "PgDn",
  Escape: "Esc",
};

/** "Shift+↑", "g l", "Ctrl+K": a key as it is printed. */
export function keyLabel(name: string): string {
  return name
    .split(" ")
    .map((key) => {
      const parts = key.length === 1 ? [key] : key.split("+");
      const last = parts.pop() ?? "";
      const shifted = parts.length === 0 && /^[A-Z]$/.test(last) ? ["Shift"] : [];
      const before = parts.map((part) => (part === "Mod" ? (isMac() ? "⌘" : "Ctrl") : part));
      const printed = before.length > 0 ? last.replace(/^[a-z]$/, (letter) => letter.toUpperCase()) : last;
      return [...before, ...shifted, SIGNS[last] ?? printed].join("+");
    })
    .join(" ");
}

function isMac(): boolean {
  return /Mac|iPhone|iPad/.test(navigator.userAgent);
}
