/** A JSON value as the rows of a tree: what a list can draw, a window at a time. */

import { isObject, type Json } from "./json";

export interface TreeRow {
  /** As written in code: `messages[0].content`, `headers["x-id"]`; "" is the root. */
  path: string;
  depth: number;
  /** Key or index within the parent; null for the root. */
  name: string | null;
  value: Json;
  /** Number of children, null for a leaf. */
  size: number | null;
  /** Children, or the whole of a long text, are shown. */
  open: boolean;
}

const LONG_TEXT = 80;

/** A text that does not fit its line, and so can be opened. */
export function isLongText(value: Json): value is string {
  return typeof value === "string" && (value.length > LONG_TEXT || value.includes("\n"));
}

export function canOpen({ value, size }: TreeRow): boolean {
  return size !== null ? size > 0 : isLongText(value);
}

const SMALL_TREE = 120;
const OPEN_DEPTH = 2;

/** Whether a node is open unless the reader said otherwise: small trees wholly, big ones to a depth. */
export function defaultOpen(root: Json): (depth: number) => boolean {
  const small = countNodes(root, SMALL_TREE) < SMALL_TREE;
  return (depth) => small || depth < OPEN_DEPTH;
}

/** The visible rows, in order. `toggled` holds the paths whose state is not the default. */
export function treeRows(
  root: Json,
  toggled: ReadonlySet<string>,
  isOpenByDefault: (depth: number) => boolean,
): TreeRow[] {
  const rows: TreeRow[] = [];
  const visit = (value: Json, name: string | null, path: string, depth: number) => {
    const children = childrenOf(value);
    const open = (children !== null && isOpenByDefault(depth)) !== toggled.has(path);
    rows.push({ path, depth, name, value, size: children?.length ?? null, open });
    if (!open || !children) return;
    for (const [key, child] of children) {
      visit(child, key, childPath(path, key, Array.isArray(value)), depth + 1);
    }
  };
  visit(root, null, "", 0);
  return rows;
}

export function childPath(parent: string, key: string, inList: boolean): string {
  if (inList) return `${parent}[${key}]`;
  if (!/^[A-Za-z_$][\w$]*$/.test(key)) return `${parent}[${JSON.stringify(key)}]`;
  return parent ? `${parent}.${key}` : key;
}

function childrenOf(value: Json): [string, Json][] | null {
  if (Array.isArray(value)) return value.map((child, index) => [String(index), child]);
  return isObject(value) ? Object.entries(value) : null;
}

function countNodes(value: Json, limit: number): number {
  let count = 1;
  for (const [, child] of childrenOf(value) ?? []) {
    if (count >= limit) break;
    count += countNodes(child, limit - count);
  }
  return count;
}
