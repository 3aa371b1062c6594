import { useEffect, useEffectEvent, useRef, useState, type RefObject } from "react";
import { finder, FOUND_MAX } from "../lib/find";
import { OWN_FIND, ownFinds } from "../ui/find";

/** Where one can go on to: a place in the document, or one of a part that knows its own. */
type Stop = { range: Range } | { own: Element; index: number };

export interface Found {
  count: number;
  /** The one looked at, from 0; -1 before any is. */
  at: number;
  step: (by: 1 | -1) => void;
}

/** Drawing comes in bursts; one look is enough for each. */
const LOOK_MS = 60;

/** Marks a text wherever it stands under `root`, also in what is drawn later, and steps from one to the next. */
export function useFind(root: RefObject<HTMLElement | null>, text: string): Found {
  const [count, setCount] = useState(0);
  const [at, setAt] = useState(-1);
  const stops = useRef<Stop[]>([]);
  const ranges = useRef<Range[]>([]);

  /** A step asked for before anything was found: it is made then. */
  const asked = useRef<1 | -1 | null>(null);

  const step = (by: 1 | -1) => {
    const total = stops.current.length;
    asked.current = total === 0 ? by : null;
    if (total === 0) return;
    const next = at < 0 && by < 0 ? total - 1 : (at + by + total) % total;
    const [before, stop] = [stops.current[at], stops.current[next]];
    if (before && "own" in before && !(stop && "own" in stop && stop.own === before.own))
      ownFinds.get(before.own)?.leave();
    setAt(next);
    if (stop && "own" in stop) ownFinds.get(stop.own)?.show(stop.index);
    else stop?.range.startContainer.parentElement?.scrollIntoView({ block: "center" });
    paint(ranges.current, stop);
  };
  const look = useEffectEvent(() => {
    const pattern = finder(text);
    const found = root.current && pattern ? lookIn(root.current, pattern) : { stops: [], ranges: [] };
    stops.current = found.stops;
    ranges.current = found.ranges;
    setCount(found.stops.length);
    paint(found.ranges, found.stops[at]);
    if (asked.current && found.stops.length > 0) step(asked.current);
  });
  useEffect(() => {
    asked.current = null;
    let timer = setTimeout(() => {
      setAt(-1);
      look();
    }, 0);
    if (!text || !root.current) return () => clearTimeout(timer);
    const observer = new MutationObserver(() => {
      clearTimeout(timer);
      timer = setTimeout(() => look(), LOOK_MS);
    });
    observer.observe(root.current, {
      childList: true,
      subtree: true,
      characterData: true,
      attributeFilter: [OWN_FIND],
    });
    return () => {
      observer.disconnect();
      clearTimeout(timer);
      paint([], undefined);
    };
  }, [root, text]);
  return { count, at: Math.min(at, count - 1), step };
}

/** What is read as one piece: a text does not run on from one of these to the next. */
const BLOCK = "p, li, pre, td, th, h3, dt, dd, summary, div, section, [role=treeitem]";
/** Words of the dashboard, not of the log. */
const NOT_OF_IT = "button, input, select, [aria-hidden=true], [data-not-found]";

function lookIn(root: HTMLElement, pattern: RegExp): { stops: Stop[]; ranges: Range[] } {
  const stops: Stop[] = [];
  const ranges: Range[] = [];
  for (const nodes of blocksOf(root)) {
    const first = nodes[0];
    if (first instanceof Element) {
      const count = ownFinds.get(first)?.count ?? 0;
      for (let index = 0; index < count; index++) stops.push({ own: first, index });
      continue;
    }
    const text = nodes.map((node) => node.textContent).join("");
    for (const { index, 0: match } of text.matchAll(pattern)) {
      if (ranges.length >= FOUND_MAX) break;
      const range = rangeAt(nodes, index, index + match.length);
      ranges.push(range);
      if (!first?.parentElement?.closest(`[${OWN_FIND}]`)) stops.push({ range });
    }
  }
  return { stops: stops.slice(0, FOUND_MAX), ranges };
}

/** In order: the text nodes of each block, and alone, ahead of its blocks, each part that finds by itself. */
function blocksOf(root: HTMLElement): Node[][] {
  const blocks: Node[][] = [];
  let last: Element | null = null;
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT, (node) =>
    node instanceof Element && node.matches(NOT_OF_IT) ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT,
  );
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (node instanceof Element) {
      if (node.hasAttribute(OWN_FIND)) blocks.push([node]);
      continue;
    }
    const block = node.parentElement?.closest(BLOCK) ?? root;
    const open = blocks.at(-1);
    if (block === last && open && !(open[0] instanceof Element)) open.push(node);
    else blocks.push([node]);
    last = block;
  }
  return blocks;
}

function rangeAt(nodes: Node[], start: number, end: number): Range {
  const range = new Range();
  let before = 0;
  for (const node of nodes) {
    const length = node.textContent?.length ?? 0;
    if (start >= before && start < before + length) range.setStart(node, start - before);
    if (end > before && end <= before + length) {
      range.setEnd(node, end - before);
      break;
    }
    before += length;
  }
  return range;
}

/** Shows finds without touching the document they are in. Browsers that cannot select the one looked at. */
function paint(ranges: Range[], stop: Stop | undefined) {
  const now = stop && "range" in stop ? stop.range : null;
  // Older browsers than the types know.
  const highlights = (CSS as { highlights?: HighlightRegistry }).highlights;
  if (highlights) {
    highlights.set("found", new Highlight(...ranges));
    highlights.set("found-now", new Highlight(...(now ? [now] : [])));
  } else if (now) {
    getSelection()?.setBaseAndExtent(now.startContainer, now.startOffset, now.endContainer, now.endOffset);
  }
}
