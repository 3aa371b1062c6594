/** Which keys this browser's reader wants: all, none, or others. */

import { useSyncExternalStore } from "react";
import { setKeyChoice, type KeyChoice } from "../ui/useKeys";

const KEY = "portlog.keys";
const listeners = new Set<() => void>();
let choice = stored();
setKeyChoice(choice);

function stored(): KeyChoice {
  try {
    const { off, other } = JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<KeyChoice>;
    return { off: off === true, other: other ?? {} };
  } catch {
    return { off: false, other: {} };
  }
}

export function useKeyChoice(): [KeyChoice, (next: KeyChoice) => void] {
  const now = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => choice,
  );
  return [now, change];
}

function change(next: KeyChoice) {
  choice = next;
  localStorage.setItem(KEY, JSON.stringify(next));
  setKeyChoice(next);
  for (const listener of listeners) listener();
}
