import type { KeyboardEvent, PointerEvent } from "react";
import styles from "./Resizer.module.css";
import { WIDTH_MIN, widthMax } from "./usePanelWidth";

interface Props {
  width: number;
  onResize: (width: number) => void;
}

const STEP_PX = 24;

/** The panel's left edge: drag it, or focus it and use the arrows. */
export function Resizer({ width, onResize }: Props) {
  const drag = (event: PointerEvent<HTMLDivElement>) => {
    const right = event.currentTarget.parentElement?.getBoundingClientRect().right ?? 0;
    if (event.currentTarget.hasPointerCapture(event.pointerId)) onResize(Math.round(right - event.clientX));
  };
  const press = (event: KeyboardEvent) => {
    const step = { ArrowLeft: STEP_PX, ArrowRight: -STEP_PX }[event.key];
    if (!step || event.altKey) return;
    event.preventDefault();
    onResize(width + step);
  };
  return (
    <div
      role="separator"
      aria-orientation="vertical"
      aria-label="Panel width"
      aria-valuenow={width}
      aria-valuemin={WIDTH_MIN}
      aria-valuemax={widthMax()}
      tabIndex={0}
      className={styles.resizer}
      onPointerDown={(event) => {
        event.preventDefault();
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={drag}
      onKeyDown={press}
    />
  );
}
