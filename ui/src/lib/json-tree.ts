/** A JSON value as the rows of a tree: what a list can draw, a window at a time. */

import { countNodes, isObject, type Json } from "./json";

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

/** Whether a node is open unless the reader said otherwise. */
export type OpenByDefault = (depth: number, size: number) => boolean;

/** What alone is shown of a tree that is searched: the nodes found, and those they are in. */
export interface Kept {
  found: ReadonlySet<string>;
  within: ReadonlySet<string>;
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
/** A list of more than this is opened by its reader only. */
const OPEN_SIZE_MAX = 5_000;

export function isSmall(root: Json): boolean {
  return countNodes(root, SMALL_TREE) < SMALL_TREE;
}

/** Small trees wholly, big ones to a depth. */
export function defaultOpen(root: Json): OpenByDefault {
  return isSmall(root) ? () => true : openToDepth(OPEN_DEPTH);
}

/** The root's children have depth 1: to that depth everything is shown. */
export function openToDepth(levels: number): OpenByDefault {
  return (depth, size) => depth < levels && (depth === 0 || size <= OPEN_SIZE_MAX);
}

/** The visible rows, in order. `toggled` holds the paths whose state is not the default. */
export function treeRows(
  root: Json,
  toggled: ReadonlySet<string>,
  isOpenByDefault: OpenByDefault,
  kept: Kept | null = null,
): TreeRow[] {
  const rows: TreeRow[] = [];
  /** `whole`: everything in it is shown. */
  const visit = (value: Json, name: string | null, path: string, depth: number, whole: boolean) => {
    const size = sizeOf(value);
    const byDefault =
      size !== null && (whole ? !kept && isOpenByDefault(depth, size) : kept?.within.has(path));
    const open = byDefault !== toggled.has(path);
    rows.push({ path, depth, name, value, size, open });
    if (!open || size === null) return;
    const all = whole || (kept?.found.has(path) === true && !kept.within.has(path));
    for (const [key, child] of childrenOf(value)) {
      const inner = childPath(path, key, Array.isArray(value));
      if (all || kept?.found.has(inner) || kept?.within.has(inner)) visit(child, key, inner, depth + 1, all);
    }
  };
  visit(root, null, "", 0, kept === null);
  return rows;
}

export function childPath(parent: string, key: string, inList: boolean): string {
  if (inList) return `${parent}[${key}]`;
  if (!/^[A-Za-z_$][\w$]*$/.test(key)) return `${parent}[${JSON.stringify(key)}]`;
  return parent ? `${parent}.${key}` : key;
}

function sizeOf(value: Json): number | null {
  if (Array.isArray(value)) return value.length;
  return isObject(value) ? Object.keys(value).length : null;
}

function childrenOf(value: Json): [string, Json][] {
  if (Array.isArray(value)) return value.map((child, index) => [String(index), child]);
  return isObject(value) ? Object.entries(value) : [];
}
