import { defaultRangeExtractor, useVirtualizer } from "@tanstack/react-virtual";
import { useDeferredValue, useLayoutEffect, useMemo, useRef, useState, type KeyboardEvent } from "react";
import { findNodes, finder, FOUND_MAX, type FoundNode } from "../lib/find";
import type { Json } from "../lib/json";
import {
  canOpen,
  defaultOpen,
  isSmall,
  openToDepth,
  treeRows,
  type Kept,
  type OpenByDefault,
  type TreeRow,
} from "../lib/json-tree";
import { formatCount } from "../lib/numbers";
import { Button } from "./Button";
import { OWN_FIND, ownFinds, useFindText } from "./find";
import styles from "./JsonTree.module.css";
import { JsonTreeRow } from "./JsonTreeRow";

/** More rows than this are drawn a window at a time, in their own scroll box. */
const VIRTUAL_FROM = 200;
const ROW_PX = 22;

/** "all", or how many levels are open. */
type OpenRule = "default" | "all" | number;
const DEPTHS = [1, 2, 3, 4, 5];

/** A JSON value to read: every node can be opened, searched, copied, and named by its path. */
export function JsonTree({ value, label }: { value: Json; label: string }) {
  const [rule, setRule] = useState<OpenRule>("default");
  const [toggled, setToggled] = useState<ReadonlySet<string>>(new Set());
  const [activePath, setActivePath] = useState("");
  const [search, setSearch] = useState("");
  const sought = useDeferredValue(search);
  const found = useMemo(() => nodesWith(value, sought), [value, sought]);
  const kept = useMemo(() => found && keptOf(found), [found]);
  const isOpen = useMemo(() => openRule(rule, value), [value, rule]);
  const rows = useMemo(() => treeRows(value, toggled, isOpen, kept), [value, toggled, isOpen, kept]);
  const tree = useRef<HTMLDivElement>(null);
  const active = Math.max(
    0,
    rows.findIndex((row) => row.path === activePath),
  );

  const virtual = rows.length > VIRTUAL_FROM;
  // A flat value has nothing to expand, a small one nothing to look for.
  const nested = kept !== null || rows.some((row) => row.depth > 0 && row.size);
  const big = useMemo(() => !isSmall(value), [value]);
  const window = useVirtualizer({
    count: rows.length,
    enabled: virtual,
    getScrollElement: () => tree.current,
    estimateSize: () => ROW_PX,
    overscan: 12,
    // The focused row stays in the document wherever the window is.
    rangeExtractor: (range) => [...new Set([active, ...defaultRangeExtractor(range)])].sort((a, b) => a - b),
  });

  const toggle = (row: TreeRow) => {
    const next = new Set(toggled);
    if (!next.delete(row.path)) next.add(row.path);
    setToggled(next);
  };
  const applyRule = (next: OpenRule) => {
    setRule(next);
    setToggled(new Set());
  };
  const searchFor = (text: string) => {
    setSearch(text);
    setToggled(new Set());
  };
  const look = useDeferredValue(useFindText());
  const finds = useMemo(() => nodesWith(value, look), [value, look]);
  const [shown, setShown] = useState<string | null>(null);
  const showFind = (index: number) => {
    const node = finds?.[index];
    if (!node) return;
    const openTo = opened(node, kept === null ? toggled : new Set(), isOpen);
    setSearch("");
    setToggled(openTo);
    setActivePath(node.path);
    setShown(node.path);
  };
  useLayoutEffect(() => {
    const element = tree.current;
    if (!element) return;
    ownFinds.set(element, { count: finds?.length ?? 0, show: showFind, leave: () => setShown(null) });
  });
  // Once the rows that lead to it are there.
  useLayoutEffect(() => {
    if (shown === null || rows[active]?.path !== shown) return;
    if (virtual) {
      window.scrollToIndex(active, { align: "center" });
      tree.current?.scrollIntoView({ block: "nearest" });
    } else tree.current?.querySelector(`[data-row="${active}"]`)?.scrollIntoView({ block: "center" });
    // eslint-disable-next-line react-hooks/exhaustive-deps -- only when another find is shown
  }, [shown, active]);
  const focusRow = (index: number) => {
    const row = rows[index];
    if (!row) return;
    setActivePath(row.path);
    if (virtual) window.scrollToIndex(index);
    requestAnimationFrame(() => tree.current?.querySelector<HTMLElement>(`[data-row="${index}"]`)?.focus());
  };
  const press = (event: KeyboardEvent) => {
    const row = rows[active];
    if (!row || (event.target as HTMLElement).role !== "treeitem") return;
    const action = keyAction(event.key, rows, active);
    if (action === null) return;
    event.preventDefault();
    if (action === "toggle") toggle(row);
    else focusRow(action);
  };
  const drawRow = (index: number) => {
    const row = rows[index];
    return (
      row && (
        <JsonTreeRow
          row={row}
          index={index}
          active={index === active}
          found={look !== "" && row.path === shown}
          onToggle={() => {
            setActivePath(row.path);
            toggle(row);
          }}
        />
      )
    );
  };
  return (
    <div className={styles.box} data-tools={nested}>
      {nested && (
        <div className={styles.tools}>
          <Button look="quiet" onClick={() => applyRule("all")}>
            Expand all
          </Button>
          <Button look="quiet" onClick={() => applyRule(1)}>
            Collapse all
          </Button>
          {big && (
            <>
              <select
                aria-label="Open to depth"
                value={String(rule)}
                onChange={({ target }) => {
                  const chosen = Number(target.value);
                  applyRule(Number.isNaN(chosen) ? "default" : chosen);
                }}
              >
                <option value="default">Depth</option>
                {rule === "all" && <option value="all">All levels</option>}
                {DEPTHS.map((depth) => (
                  <option key={depth} value={depth}>
                    {depth === 1 ? "1 level" : `${depth} levels`}
                  </option>
                ))}
              </select>
              <input
                type="search"
                aria-label={`Search: ${label}`}
                placeholder="Search"
                value={search}
                onChange={({ target }) => searchFor(target.value)}
                onKeyDown={(event) => {
                  if (event.key !== "Escape" || !search) return;
                  event.preventDefault();
                  searchFor("");
                }}
              />
              {found && <output className={styles.found}>{countOf(found)}</output>}
            </>
          )}
        </div>
      )}
      <div
        ref={tree}
        role="tree"
        aria-label={label}
        {...{ [OWN_FIND]: finds?.length ?? 0 }}
        className={virtual ? styles.window : styles.tree}
        onKeyDown={press}
      >
        {virtual ? (
          <div role="none" className={styles.extent} style={{ height: window.getTotalSize() }}>
            {window.getVirtualItems().map((item) => (
              <div
                key={item.key}
                role="none"
                ref={window.measureElement}
                data-index={item.index}
                className={styles.placed}
                style={{ transform: `translateY(${item.start}px)` }}
              >
                {drawRow(item.index)}
              </div>
            ))}
          </div>
        ) : (
          rows.map((row, index) => (
            <div role="none" key={row.path}>
              {drawRow(index)}
            </div>
          ))
        )}
      </div>
    </div>
  );
}

function openRule(rule: OpenRule, value: Json): OpenByDefault {
  if (rule === "default") return defaultOpen(value);
  return rule === "all" ? () => true : openToDepth(rule);
}

function nodesWith(value: Json, text: string): FoundNode[] | null {
  const pattern = finder(text);
  return pattern && findNodes(value, pattern);
}

function keptOf(found: FoundNode[]): Kept {
  return {
    found: new Set(found.map(({ path }) => path)),
    within: new Set(found.flatMap(({ within }) => within.map(({ path }) => path))),
  };
}

/** `toggled` such that a node can be seen. */
function opened({ within }: FoundNode, toggled: ReadonlySet<string>, isOpen: OpenByDefault): Set<string> {
  const next = new Set(toggled);
  within.forEach(({ path, size }, depth) => {
    if (isOpen(depth, size) === next.has(path) && !next.delete(path)) next.add(path);
  });
  return next;
}

function countOf({ length }: FoundNode[]): string {
  return length === 0 ? "none" : `${formatCount(length)}${length >= FOUND_MAX ? "+" : ""} found`;
}

/** What a key does on the row at `active`: go to a row, toggle it, or nothing. */
function keyAction(key: string, rows: TreeRow[], active: number): number | "toggle" | null {
  const row = rows[active];
  if (!row) return null;
  switch (key) {
    case "ArrowDown":
      return Math.min(active + 1, rows.length - 1);
    case "ArrowUp":
      return Math.max(active - 1, 0);
    case "Home":
      return 0;
    case "End":
      return rows.length - 1;
    case "ArrowRight":
      if (!canOpen(row)) return null;
      return row.open ? Math.min(active + 1, rows.length - 1) : "toggle";
    case "ArrowLeft":
      if (row.open && canOpen(row)) return "toggle";
      return Math.max(
        0,
        rows.findLastIndex((each, index) => index < active && each.depth < row.depth),
      );
    case "Enter":
    case " ":
      return canOpen(row) ? "toggle" : null;
    default:
      return null;
  }
}
