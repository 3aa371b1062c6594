import { useImperativeHandle, useRef, type Ref } from "react";
import { FOUND_MAX } from "../lib/find";
import { formatCount } from "../lib/numbers";
import { IconButton } from "../ui/Button";
import styles from "./FindBar.module.css";
import type { Found } from "./useFind";

export interface FindBarHandle {
  focus: () => void;
}

interface Props {
  ref: Ref<FindBarHandle>;
  text: string;
  found: Found;
  onText: (text: string) => void;
  onClose: () => void;
}

/** What is looked for in the tab shown. Enter goes on, Shift+Enter back. */
export function FindBar({ ref, text, found, onText, onClose }: Props) {
  const input = useRef<HTMLInputElement>(null);
  useImperativeHandle(ref, () => ({ focus: () => input.current?.select() }));
  return (
    <div role="search" aria-label="Find in this log" className={styles.bar}>
      <input
        ref={input}
        type="search"
        autoFocus={!text}
        aria-label="Find in this log"
        placeholder="Find in this tab"
        value={text}
        onChange={({ target }) => onText(target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Enter" && event.key !== "Escape") return;
          event.preventDefault();
          event.stopPropagation();
          if (event.key === "Escape") onClose();
          else found.step(event.shiftKey ? -1 : 1);
        }}
      />
      <output className={styles.count}>{text && countOf(found)}</output>
      <IconButton icon="up" label="Match before (N)" onClick={() => found.step(-1)} />
      <IconButton icon="down" label="Next match (n)" onClick={() => found.step(1)} />
      <IconButton icon="close" label="Stop finding (Esc)" onClick={onClose} />
    </div>
  );
}

function countOf({ count, at }: Found): string {
  if (count === 0) return "none";
  const all = `${formatCount(count)}${count >= FOUND_MAX ? "+" : ""}`;
  return at < 0 ? `${all} found` : `${formatCount(at + 1)} of ${all}`;
}
