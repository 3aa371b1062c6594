import { useVirtualizer } from "@tanstack/react-virtual";
import { useLayoutEffect, useMemo, useRef, useState } from "react";
import { finder, placesIn } from "../lib/find";
import { sliceAt, sliceStarts } from "../lib/slices";
import { OWN_FIND, ownFinds, useFindText } from "./find";
import { SafeText } from "./SafeText";
import styles from "./SlicedText.module.css";

/** Texts longer than this are drawn a window at a time: in one piece they would stop the browser. */
export const SLICED_FROM = 200_000;
const ROW_PX = 18;

/** A text of any length, its lines cut to a width, in its own scroll box. */
export function SlicedText({ text, label }: { text: string; label: string }) {
  const starts = useMemo(() => sliceStarts(text), [text]);
  const box = useRef<HTMLDivElement>(null);
  const window = useVirtualizer({
    count: starts.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_PX,
    overscan: 20,
  });
  const look = useFindText();
  const finds = useMemo(() => {
    const pattern = finder(look);
    return pattern ? placesIn(text, pattern) : [];
  }, [text, look]);
  const [shown, setShown] = useState(-1);
  useLayoutEffect(() => {
    if (!box.current) return;
    ownFinds.set(box.current, {
      count: finds.length,
      show: (index) => {
        const slice = sliceAt(starts, finds[index] ?? 0);
        setShown(slice);
        window.scrollToIndex(slice, { align: "center" });
        box.current?.scrollIntoView({ block: "nearest" });
      },
      leave: () => setShown(-1),
    });
  });
  return (
    <div
      ref={box}
      tabIndex={0}
      role="region"
      aria-label={label}
      className={styles.window}
      {...{ [OWN_FIND]: finds.length }}
    >
      <div className={styles.extent} style={{ height: window.getTotalSize() }}>
        {window.getVirtualItems().map(({ key, index, start }) => (
          <div
            key={key}
            className={styles.slice}
            data-found={(look !== "" && index === shown) || undefined}
            style={{ transform: `translateY(${start}px)` }}
          >
            <SafeText text={text.slice(starts[index], starts[index + 1]).replace(/\r?\n$/, "")} />
          </div>
        ))}
      </div>
    </div>
  );
}
