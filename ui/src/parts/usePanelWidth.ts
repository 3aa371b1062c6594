import { useState } from "react";

export const WIDTH_MIN = 360;
const WIDTH_DEFAULT = 420;
const KEY = "portlog.panel-width";

export const widthMax = () => Math.max(WIDTH_MIN, Math.round(innerWidth * 0.6));

/** The panel's width in px, remembered in this browser. */
export function usePanelWidth(): [number, (width: number) => void] {
  const [width, setWidth] = useState(() => bounded(Number(localStorage.getItem(KEY) ?? WIDTH_DEFAULT)));
  const change = (next: number) => {
    setWidth(bounded(next));
    localStorage.setItem(KEY, String(bounded(next)));
  };
  return [width, change];
}

function bounded(width: number): number {
  return Number.isFinite(width) ? Math.min(Math.max(width, WIDTH_MIN), widthMax()) : WIDTH_DEFAULT;
}
