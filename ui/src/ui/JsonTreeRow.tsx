import { useState } from "react";
import { plural } from "../lib/numbers";
import type { Json } from "../lib/json";
import { canOpen, isLongText, type TreeRow } from "../lib/json-tree";
import { Button } from "./Button";
import { CopyButton } from "./CopyButton";
import { Icon } from "./icons";
import styles from "./JsonTree.module.css";
import { SafeText } from "./SafeText";
import { SLICED_FROM, SlicedText } from "./SlicedText";

interface Props {
  row: TreeRow;
  index: number;
  active: boolean;
  /** It is the find that is looked at. */
  found: boolean;
  onToggle: () => void;
}

export function JsonTreeRow({ row, index, active, found, onToggle }: Props) {
  const { name, value, depth, open } = row;
  const openable = canOpen(row);
  return (
    <div
      role="treeitem"
      aria-level={depth + 1}
      aria-expanded={openable ? open : undefined}
      aria-selected={active}
      tabIndex={active ? 0 : -1}
      data-row={index}
      data-found={found || undefined}
      className={styles.row}
      style={{ paddingInlineStart: depth * 14 }}
    >
      <span className={styles.line} onClick={openable ? onToggle : undefined} data-openable={openable}>
        <span className={styles.toggle} data-open={open}>
          {openable && <Icon name="right" />}
        </span>
        {name !== null && (
          <span className={styles.name}>
            <SafeText text={name} />:
          </span>
        )}
        <Value row={row} />
      </span>
      <span className={styles.actions}>
        <CopyButton what="value" text={() => textOf(value)} />
        {row.path && <CopyButton what="path" text={row.path} />}
      </span>
      {open && isLongText(value) && <LongText text={value} />}
    </div>
  );
}

function Value({ row: { value, size, open } }: { row: TreeRow }) {
  if (size !== null) {
    const [start, end] = Array.isArray(value) ? "[]" : "{}";
    const noun = Array.isArray(value) ? "item" : "key";
    return (
      <span className={styles.size}>
        {size === 0 ? `${start}${end}` : `${start} ${plural(size, noun)} ${end}`}
      </span>
    );
  }
  if (typeof value === "string") {
    if (open) return <span className={styles.size}>{plural(value.length, "character")}</span>;
    return (
      <span className={styles.string}>
        <SafeText text={JSON.stringify(value.slice(0, 200))} />
        {value.length > 200 && "…"}
      </span>
    );
  }
  return <span className={styles[value === null ? "null" : typeof value]}>{JSON.stringify(value)}</span>;
}

const SHOWN_MAX = 20_000;

function LongText({ text }: { text: string }) {
  const [all, setAll] = useState(false);
  if (all && text.length > SLICED_FROM) return <SlicedText text={text} label="Text" />;
  return (
    <div className={styles.long}>
      <SafeText text={all ? text : text.slice(0, SHOWN_MAX)} />
      {!all && text.length > SHOWN_MAX && (
        <div>
          <Button onClick={() => setAll(true)}>Show all {plural(text.length, "character")}</Button>
        </div>
      )}
    </div>
  );
}

function textOf(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}
