import { useEffect, useEffectEvent, useRef, useState, type KeyboardEvent } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { announce } from "./announce";
import styles from "./Chart.module.css";
import { SafeText } from "./SafeText";

export interface ChartLine {
  label: string;
  values: (number | null)[];
  /** Name of a custom property with its colour. */
  color: string;
  /** Lengths of dash and gap; none: drawn through. */
  dash?: number[];
}

interface Props {
  /** A sentence that says what is seen. */
  label: string;
  /** Begins of the buckets, ms, rising. */
  times: number[];
  lines: ChartLine[];
  format: (value: number | null) => string;
  /** As "11-26 15:08". */
  formatTime: (ms: number) => string;
  /** Charts with one name share their cursor. */
  group: string;
  onZoom: (from: number, to: number) => void;
  /** A bucket was chosen, and the line nearest to the pointer. */
  onPick: (index: number, line: number | null) => void;
}

const HEIGHT = 132;
const DAY_S = 86_400;

/**
 * Lines over time. The legend tells every line's value under the cursor, which ← → move; ↑ ↓ choose a line, a click
 * on its name hides it.
 */
export default function Chart(props: Props) {
  const { label, times, lines, format, formatTime, group, onZoom, onPick } = props;
  const box = useRef<HTMLDivElement>(null);
  const legend = useRef<HTMLUListElement>(null);
  const when = useRef<HTMLSpanElement>(null);
  const plot = useRef<uPlot | null>(null);
  const anchor = useRef<number | null>(null);
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const [chosen, setChosen] = useState<number | null>(null);

  // Written straight into the document: a cursor moves six charts at once.
  const tell = useEffectEvent((index: number | null | undefined) => {
    const at = index ?? null;
    if (when.current) when.current.textContent = at === null ? "" : formatTime(times[at] ?? 0);
    [...(legend.current?.children ?? [])].forEach((item, line) => {
      const value = item.lastElementChild;
      if (value) value.textContent = at === null ? "" : format(lines[line]?.values[at] ?? null);
    });
  });
  const zoom = useEffectEvent((from: number, to: number) => onZoom(from, to));
  const pick = useEffectEvent((index: number, line: number | null) => onPick(index, line));
  const isHidden = useEffectEvent((name: string) => hidden.has(name));
  const axis = useEffectEvent((value: number) => format(value));
  /** "15:00", or "11-26" where a day begins. */
  const tick = useEffectEvent((ms: number, days: boolean) => {
    const [day = "", time = ""] = formatTime(ms).split(" ");
    return days || time === "00:00" ? day : time;
  });

  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const ink = inkOf(element);
    let nearest: number | null = null;
    const text = ink("--text-3");
    const grid = { stroke: ink("--line"), width: 1 };
    const made = new uPlot(
      {
        width: element.clientWidth,
        height: HEIGHT,
        legend: { show: false },
        padding: [8, 8, 0, 0],
        cursor: {
          sync: { key: group },
          focus: { prox: 24 },
          drag: { x: true, y: false, setScale: false },
          points: { size: 5 },
        },
        focus: { alpha: 1 },
        scales: { y: { range: (_, low, high) => [Math.min(0, low), high > 0 ? high * 1.05 : 1] } },
        axes: [
          {
            stroke: text,
            grid: { show: false },
            ticks: grid,
            font: "11px system-ui",
            size: 24,
            space: 72,
            values: (_, at, _axis, _space, step) => at.map((seconds) => tick(seconds * 1000, step >= DAY_S)),
          },
          {
            stroke: text,
            grid,
            ticks: { show: false },
            font: "11px system-ui",
            size: (_, labels: string[] | null) =>
              Math.max(40, 14 + 6.5 * Math.max(0, ...(labels ?? []).map(({ length }) => length))),
            space: 28,
            values: (_, values) => values.map(axis),
          },
        ],
        series: [
          {},
          ...lines.map(({ label: name, color, dash }) => ({
            label: name,
            stroke: ink(color),
            width: 1.5,
            dash,
            show: !isHidden(name),
            points: { show: times.length < 2 },
            spanGaps: false,
          })),
        ],
        hooks: {
          setCursor: [(u) => tell(u.cursor.idx)],
          setSeries: [
            (_, index) => {
              nearest = index === null ? null : index - 1;
            },
          ],
          setSelect: [
            (u) => {
              if (u.select.width < 4) return;
              zoom(
                u.posToVal(u.select.left, "x") * 1000,
                u.posToVal(u.select.left + u.select.width, "x") * 1000,
              );
              u.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
            },
          ],
        },
      },
      [times.map((ms) => ms / 1000), ...lines.map(({ values }) => values)],
      element,
    );
    plot.current = made;
    let down = 0;
    const press = (event: MouseEvent) => (down = event.clientX);
    const release = (event: MouseEvent) => {
      const { idx } = made.cursor;
      if (Math.abs(event.clientX - down) < 4 && idx != null) pick(idx, nearest);
    };
    made.over.addEventListener("mousedown", press);
    made.over.addEventListener("mouseup", release);
    const watch = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }));
    watch.observe(element);
    const theme = new MutationObserver(() => {
      made.series.forEach((series, index) => {
        const color = lines[index - 1]?.color;
        if (color) series.stroke = fixed(ink(color));
      });
      made.axes.forEach((axes) => {
        axes.stroke = fixed(ink("--text-3"));
        if (axes.grid) axes.grid.stroke = fixed(ink("--line"));
      });
      made.redraw(false);
    });
    theme.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    return () => {
      theme.disconnect();
      watch.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [times, lines, group]);

  const toggle = (line: number) => {
    const name = lines[line]?.label;
    if (name === undefined) return;
    const next = new Set(hidden);
    if (!next.delete(name)) next.add(name);
    setHidden(next);
    plot.current?.setSeries(line + 1, { show: !next.has(name) });
  };
  const choose = (step: number) => {
    if (lines.length === 0) return;
    const next = chosen === null ? (step > 0 ? 0 : lines.length - 1) : chosen + step;
    const line = (next + lines.length) % lines.length;
    setChosen(line);
    announce(lines[line]?.label ?? "", { unseen: true });
  };
  /** The point as a sentence, for who does not see it. */
  const say = (at: number) => {
    const values = lines.flatMap(({ label: name, values: all }) =>
      hidden.has(name) ? [] : [`${name} ${format(all[at] ?? null)}`],
    );
    announce(`${formatTime(times[at] ?? 0)}: ${values.join(", ")}`, { unseen: true });
  };

  const press = (event: KeyboardEvent) => {
    const made = plot.current;
    if (!made || times.length === 0 || event.altKey || event.ctrlKey || event.metaKey) return;
    const at = made.cursor.idx ?? times.length - 1;
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const lineStep = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (lineStep) choose(lineStep);
    else if (event.key === "s") toggle(chosen ?? 0);
    else if (step) {
      const next = Math.max(0, Math.min(times.length - 1, at + step));
      anchor.current = event.shiftKey ? (anchor.current ?? at) : null;
      made.setCursor({ left: made.valToPos((times[next] ?? 0) / 1000, "x"), top: 10 });
      say(next);
      if (anchor.current !== null) select(made, times[anchor.current] ?? 0, times[next] ?? 0);
    } else if (event.key === "Enter") {
      const from = anchor.current;
      if (from === null) onPick(at, chosen);
      else {
        const [low, high] = from < at ? [from, at] : [at, from];
        onZoom(times[low] ?? 0, times[high + 1] ?? (times[high] ?? 0) + stepOf(times));
      }
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className={styles.chart}>
      <div ref={box} role="img" aria-label={label} tabIndex={0} className={styles.plot} onKeyDown={press} />
      <div className={styles.foot}>
        <ul ref={legend} role="list" className={styles.legend}>
          {lines.map((line, index) => (
            <li key={line.label} data-chosen={index === chosen}>
              <button
                type="button"
                className={styles.line}
                aria-pressed={!hidden.has(line.label)}
                title={hidden.has(line.label) ? "Show this line (s)" : "Hide this line (s)"}
                onClick={() => toggle(index)}
              >
                <svg aria-hidden="true" width="18" height="8">
                  <line
                    x1="0"
                    x2="18"
                    y1="4"
                    y2="4"
                    stroke={`var(${line.color})`}
                    strokeWidth="2"
                    strokeDasharray={line.dash?.join(" ")}
                  />
                </svg>
                {String.fromCharCode(65 + index)} <SafeText text={line.label} />
              </button>
              <span className={styles.value} />
            </li>
          ))}
        </ul>
        <span ref={when} className={styles.when} />
      </div>
    </div>
  );
}

/** uPlot keeps colours as functions once it is made. */
const fixed = (color: string) => () => color;

/** What a custom property is as a colour, here and now: a canvas does not know `light-dark()`. */
function inkOf(element: HTMLElement) {
  return (name: string) => {
    const probe = element.appendChild(document.createElement("span"));
    probe.style.color = `var(${name})`;
    const { color } = getComputedStyle(probe);
    probe.remove();
    return color;
  };
}

function select(made: uPlot, from: number, to: number) {
  const [left, right] = [from, to].map((ms) => made.valToPos(ms / 1000, "x")).sort((a, b) => a - b);
  made.setSelect(
    { left: left ?? 0, width: (right ?? 0) - (left ?? 0), top: 0, height: made.over.clientHeight },
    false,
  );
}

function stepOf(times: number[]): number {
  return times.length > 1 ? (times[1] ?? 0) - (times[0] ?? 0) : 60_000;
}
