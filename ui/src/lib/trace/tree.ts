/** A trace's spans, which come in depth-first order, as a tree: who stands below whom, what is open, what is found. */

import type { TraceSpan } from "./span";

/** One span in its place. Rows are known by their index: ids may be missing, and span ids may repeat. */
export interface SpanNode {
  span: TraceSpan;
  index: number;
  /** Index of the row above it; -1 at the top. */
  parent: number;
  /** Index behind its last descendant. */
  end: number;
  /** Place among its siblings, from 1, and how many there are. */
  position: number;
  siblings: number;
}

export function treeOf(spans: readonly TraceSpan[]): SpanNode[] {
  const nodes: SpanNode[] = [];
  const path: number[] = [];
  const counts = new Map<number, number>();
  spans.forEach((span, index) => {
    while (path.length > span.depth) close(nodes, path.pop(), index);
    const parent = path.at(-1) ?? -1;
    const position = (counts.get(parent) ?? 0) + 1;
    counts.set(parent, position);
    nodes.push({ span, index, parent, end: spans.length, position, siblings: 0 });
    path.push(index);
  });
  for (const node of nodes) node.siblings = counts.get(node.parent) ?? 1;
  return nodes;
}

function close(nodes: SpanNode[], index: number | undefined, end: number) {
  const node = index === undefined ? undefined : nodes[index];
  if (node) node.end = end;
}

export function hasChildren({ index, end }: SpanNode): boolean {
  return end > index + 1;
}

/** The rows that are seen: all but those below a closed one. */
export function openRows(nodes: readonly SpanNode[], closed: ReadonlySet<number>): SpanNode[] {
  const rows: SpanNode[] = [];
  for (let at = 0; at < nodes.length;) {
    const node = nodes[at];
    if (!node) break;
    rows.push(node);
    at = closed.has(node.index) ? node.end : at + 1;
  }
  return rows;
}

export function isError({ outcome }: TraceSpan): boolean {
  return outcome === "error";
}

/** Whether a span is what one looks for: `find` in its name, model, tools, texts; only errors if so wanted. */
export function isFound(span: TraceSpan, find: string, onlyErrors: boolean): boolean {
  if (onlyErrors && !isError(span)) return false;
  if (!find) return true;
  const needle = find.toLowerCase();
  const texts = [
    span.name,
    span.model,
    span.kind,
    span.error_message,
    span.preview,
    span.response_preview,
    ...(span.tools ?? []),
  ];
  return texts.some((text) => text?.toLowerCase().includes(needle));
}

/** The part of its duration in which none of its children ran. */
export function selfMs({ self_ms, duration_ms }: TraceSpan): number {
  return self_ms ?? duration_ms ?? 0;
}

/** Calls of a tool that was called with the same before: where an agent goes in circles. */
export function repeatedCalls(nodes: readonly SpanNode[]): number[] {
  const seen = new Set<string>();
  const again: number[] = [];
  for (const { span, index } of nodes) {
    if (span.kind !== "tool") continue;
    const call = JSON.stringify([span.name, span.preview]);
    if (seen.has(call)) again.push(index);
    seen.add(call);
  }
  return again;
}

export const LIST_ORDERS = ["start", "duration", "self", "cost", "tokens"] as const;
export type ListOrder = (typeof LIST_ORDERS)[number];

const MEASURES: Record<Exclude<ListOrder, "start">, (span: TraceSpan) => number> = {
  duration: ({ duration_ms }) => duration_ms ?? -1,
  self: selfMs,
  cost: ({ cost_usd }) => cost_usd ?? -1,
  tokens: ({ total_tokens }) => total_tokens ?? -1,
};

/** The spans flat, largest first, or by their start. Placeholders are no spans. */
export function sorted(nodes: readonly SpanNode[], order: ListOrder): SpanNode[] {
  const spans = nodes.filter(({ span }) => !span.placeholder);
  if (order === "start") return spans.sort((a, b) => a.span.start_ms - b.span.start_ms || a.index - b.index);
  const measure = MEASURES[order];
  return spans.sort((a, b) => measure(b.span) - measure(a.span) || a.index - b.index);
}

/** Up to `count` rows around one of them, in order. */
export function around<Row>(rows: readonly Row[], index: number, count: number): Row[] {
  const start = Math.max(0, Math.min(index - Math.floor(count / 2), rows.length - count));
  return rows.slice(start, start + count);
}

const KIND_LETTERS: Record<string, string> = {
  llm: "L",
  embedding: "E",
  agent: "A",
  tool: "T",
  retriever: "R",
  chain: "C",
};

/** Kinds are told apart by letter as well as by colour. */
export function kindLetter(kind: string | undefined): string {
  return KIND_LETTERS[kind ?? ""] ?? "S";
}
