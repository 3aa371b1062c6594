/** The keys of a log's tabs, on every page that shows one. */

import { useEffect } from "react";
import { TABS, type Tab } from "../lib/url-state";
import { useShortcuts } from "./shortcuts";

/** The log whose tab was chosen by a key. The key may come before the tab is there, so it is kept until then. */
let chosenFor: string | null = null;

export function useTabKeys(id: string | null, onTab: (tab: Tab) => void) {
  useShortcuts(
    "panel",
    (id === null ? [] : TABS).map((tab, index) => ({
      keys: [String(index + 1)],
      does: tab,
      run: () => {
        chosenFor = id;
        onTab(tab);
      },
    })),
  );
  // Another log: a focus that went with the old tab's content comes back in the new one's; any other stays where it is.
  useEffect(() => {
    chosenFor = chosenFor !== null && document.activeElement === document.body ? id : null;
  }, [id]);
}

export function wasChosenByKey(id: string): boolean {
  return chosenFor === id;
}
