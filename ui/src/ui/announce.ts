/** One polite voice for screen readers: at most a message in five seconds, the latest wins. */

const GAP_MS = 5000;
const SHOWN_MS = 3000;

let region: HTMLElement | null = null;
let spokenAt = -Infinity;
let waiting: ReturnType<typeof setTimeout> | undefined;

/** Ref for the page's live region. */
export function liveRegion(element: HTMLElement | null) {
  region = element;
}

/** `unseen`: only spoken, because the page shows it elsewhere. */
export function announce(text: string, { unseen = false } = {}) {
  clearTimeout(waiting);
  waiting = setTimeout(() => speak(text, unseen), Math.max(0, spokenAt + GAP_MS - performance.now()));
}

function speak(text: string, unseen: boolean) {
  spokenAt = performance.now();
  if (region) {
    region.dataset.unseen = String(unseen);
    region.textContent = text;
  }
  waiting = setTimeout(() => region?.replaceChildren(), SHOWN_MS);
}
