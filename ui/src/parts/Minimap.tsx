import { useEffect, useRef, type KeyboardEvent, type PointerEvent } from "react";
import { formatLatency } from "../lib/numbers";
import { isError, type SpanNode } from "../lib/trace/tree";
import { within, type Zoom } from "../lib/trace/zoom";
import styles from "./Minimap.module.css";

interface Props {
  nodes: readonly SpanNode[];
  /** Duration of the trace, ms. */
  whole: number;
  zoom: Zoom;
  onZoom: (zoom: Zoom) => void;
}

const HEIGHT = 40;
const KEY_STEP = 1 / 50;

/** All spans of a trace, small: drag to look at a part of it. Its two handles are sliders for the keyboard. */
export function Minimap({ nodes, whole, zoom, onZoom }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const drag = useRef<number | null>(null);
  useEffect(() => {
    const draw = () => canvas.current && paint(canvas.current, nodes, whole);
    draw();
    const watch = new ResizeObserver(draw);
    if (canvas.current) watch.observe(canvas.current);
    const theme = new MutationObserver(draw);
    theme.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    return () => {
      watch.disconnect();
      theme.disconnect();
    };
  }, [nodes, whole]);

  const at = (event: PointerEvent) => {
    const box = event.currentTarget.getBoundingClientRect();
    return Math.max(0, Math.min(1, (event.clientX - box.left) / box.width)) * whole;
  };
  const press = (event: PointerEvent) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    drag.current = at(event);
  };
  const pull = (event: PointerEvent) => {
    if (drag.current === null) return;
    const now = at(event);
    const [from, to] = now < drag.current ? [now, drag.current] : [drag.current, now];
    if (to - from > whole / 200) onZoom({ from, to });
  };
  const leave = () => {
    drag.current = null;
  };
  const move = (edge: "from" | "to") => (event: KeyboardEvent) => {
    const step = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    const moved = { ...zoom, [edge]: zoom[edge] + step * whole * KEY_STEP };
    if (moved.from < moved.to) onZoom(within(moved, whole));
  };
  const percent = (ms: number) => `${whole > 0 ? (ms / whole) * 100 : 0}%`;
  return (
    <div className={styles.map}>
      <canvas
        ref={canvas}
        height={HEIGHT}
        className={styles.canvas}
        role="img"
        aria-label={`${nodes.length} spans over ${formatLatency(whole)}; shown are ${formatLatency(zoom.from)} to ${formatLatency(zoom.to)}`}
        onPointerDown={press}
        onPointerMove={pull}
        onPointerUp={leave}
        onPointerCancel={leave}
        onDoubleClick={() => onZoom({ from: 0, to: whole })}
      />
      <div className={styles.veil} style={{ left: 0, width: percent(zoom.from) }} />
      <div className={styles.veil} style={{ left: percent(zoom.to), right: 0 }} />
      {(["from", "to"] as const).map((edge) => (
        <div
          key={edge}
          role="slider"
          tabIndex={0}
          className={styles.handle}
          style={{ left: percent(zoom[edge]) }}
          aria-label={edge === "from" ? "Shown from" : "Shown to"}
          aria-valuemin={0}
          aria-valuemax={Math.round(whole)}
          aria-valuenow={Math.round(zoom[edge])}
          aria-valuetext={formatLatency(zoom[edge])}
          onKeyDown={move(edge)}
        />
      ))}
    </div>
  );
}

/** A line a depth; spans that are narrower than a pixel are still seen. */
function paint(canvas: HTMLCanvasElement, nodes: readonly SpanNode[], whole: number) {
  const context = canvas.getContext("2d");
  const width = Math.max(1, Math.round(canvas.clientWidth * devicePixelRatio));
  if (!context) return;
  canvas.width = width;
  canvas.height = HEIGHT * devicePixelRatio;
  const style = getComputedStyle(canvas);
  const deepest = nodes.reduce((most, { span }) => Math.max(most, span.depth), 0);
  const line = Math.max(1, Math.min(6, HEIGHT / (deepest + 1))) * devicePixelRatio;
  const scale = whole > 0 ? width / whole : 0;
  for (const [wanted, ink] of [
    [false, style.color],
    [true, style.outlineColor],
  ] as const) {
    context.fillStyle = ink;
    for (const { span } of nodes) {
      if (isError(span) !== wanted || span.placeholder) continue;
      const y = Math.min(span.depth * line, canvas.height - line);
      context.fillRect(
        span.start_ms * scale,
        y,
        Math.max(1, (span.duration_ms ?? 0) * scale),
        Math.max(1, line - 1),
      );
    }
  }
}
