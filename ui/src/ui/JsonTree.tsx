import { defaultRangeExtractor, useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef, useState, type KeyboardEvent } from "react";
import type { Json } from "../lib/json";
import { canOpen, defaultOpen, treeRows, type TreeRow } from "../lib/json-tree";
import { Button } from "./Button";
import styles from "./JsonTree.module.css";
import { JsonTreeRow } from "./JsonTreeRow";

/** More rows than this are drawn a window at a time, in their own scroll box. */
const VIRTUAL_FROM = 200;
const ROW_PX = 22;

type OpenRule = "default" | "all" | "none";

/** A JSON value to read: every node can be opened, copied, and named by its path. */
export function JsonTree({ value, label }: { value: Json; label: string }) {
  const [rule, setRule] = useState<OpenRule>("default");
  const [toggled, setToggled] = useState<ReadonlySet<string>>(new Set());
  const [activePath, setActivePath] = useState("");
  const rows = useMemo(() => treeRows(value, toggled, openRule(rule, value)), [value, toggled, rule]);
  const tree = useRef<HTMLDivElement>(null);
  const active = Math.max(
    0,
    rows.findIndex((row) => row.path === activePath),
  );

  const virtual = rows.length > VIRTUAL_FROM;
  // A flat value has nothing to expand.
  const nested = rows.some((row) => row.depth > 0 && row.size);
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
          <Button look="quiet" onClick={() => applyRule("none")}>
            Collapse all
          </Button>
        </div>
      )}
      <div
        ref={tree}
        role="tree"
        aria-label={label}
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

function openRule(rule: OpenRule, value: Json): (depth: number) => boolean {
  if (rule === "default") return defaultOpen(value);
  // "None" keeps the root open: a single closed line would tell nothing.
  return rule === "all" ? () => true : (depth) => depth === 0;
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
