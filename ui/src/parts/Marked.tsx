import type { MarkedText } from "../lib/marks";
import { SafeText } from "../ui/SafeText";
import styles from "./Marked.module.css";

/** A text with the places that were searched for; places are code points. */
export function Marked({ text, marks }: MarkedText) {
  const characters = Array.from(text);
  const piece = (start: number, end?: number) => characters.slice(start, end).join("");
  const sorted = [...marks].sort(([a], [b]) => a - b);
  return (
    <span>
      {sorted.map(([start, end], index) => {
        // Places that overlap are marked once.
        const from = Math.max(start, sorted[index - 1]?.[1] ?? 0);
        return (
          <span key={index}>
            <SafeText text={piece(sorted[index - 1]?.[1] ?? 0, start)} />
            <mark className={styles.mark}>
              <SafeText text={piece(from, end)} />
            </mark>
          </span>
        );
      })}
      <SafeText text={piece(sorted.at(-1)?.[1] ?? 0)} />
    </span>
  );
}
