/** The browser's address, written to no faster than browsers allow: Safari takes 100 changes in 30 s and then throws, Chromium
    200 in 10 s and then forgets them, and a key held down or a drag makes more. What the address will say is read here. */

import {
  navigate as navigateAtOnce,
  useBrowserLocation,
  useLocationProperty,
} from "wouter/use-browser-location";
import { lastSegment } from "./paths";

/** So many may follow each other as they like: all that a reader does step by step is in the address at once. */
const BURST = 6;
/** After that, between two writes: 81 in 30 s. */
const WRITE_MS = 400;

/** What the entry of the history that we are at does not say yet. */
let ahead: string | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;
let left = BURST;
let countedAt = Date.now();

/** "?q=…" of this page, or "": as it stands in the address, where wouter's own decodes it once too often. */
export function searchText(): string {
  return ahead ?? location.search;
}

/** The same, followed. */
export function useSearchText(): string {
  return useLocationProperty(searchText);
}

const lastPart = () => lastSegment(location.pathname);

/** The id in ".../traces/{id}", as it stands in the address: the router decodes once, which an id with a "%" does not survive. */
export function useLastSegment(): string {
  return useLocationProperty(lastPart);
}

/** Changes what this page says of itself, without an entry in the history. Of many changes in little time the address is told
    the first ones at once, and then the last. */
export function replaceSearch(next: string) {
  ahead = next;
  if (timer === undefined && mayWrite()) settle();
  else {
    timer ??= setTimeout(write, WRITE_MS);
    dispatchEvent(new Event("replaceState")); // as if it were written, for all that follow
  }
}

/** Writes what is not written yet: before anything else looks at the address, or leaves it. */
export function settle() {
  const next = ahead;
  forget();
  if (next !== null)
    navigateAtOnce(location.pathname + next, { replace: true, state: history.state as unknown });
}

/** wouter's, but what the page says of itself is written first, so that one comes back to it. */
export const navigate: typeof navigateAtOnce = (to, options) => {
  settle();
  navigateAtOnce(to, options);
};

/** How wouter learns the path and changes it. */
export function useAddress(...options: Parameters<typeof useBrowserLocation>): [string, typeof navigate] {
  return [useBrowserLocation(...options)[0], navigate];
}

function write() {
  mayWrite();
  settle();
}

function mayWrite(): boolean {
  const now = Date.now();
  left = Math.min(BURST, left + Math.max(0, now - countedAt) / WRITE_MS);
  countedAt = now;
  if (left < 1) return false;
  left -= 1;
  return true;
}

function forget() {
  clearTimeout(timer);
  timer = undefined;
  ahead = null;
}

// Added before wouter's listeners. Who goes back has left an entry that nobody can write to any more.
addEventListener("popstate", forget);
addEventListener("pagehide", settle);
