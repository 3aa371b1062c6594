import { useState } from "react";
import { IconButton } from "../ui/Button";
import { Popover } from "../ui/Popover";
import { SafeText } from "../ui/SafeText";
import styles from "./ColumnMenu.module.css";
import { columnOf, COLUMNS, columnsOf, WIDTH_MAX, WIDTH_MIN, writeColumn, type Column } from "./columns";
import { useDensity } from "./useDensity";
import { useZone } from "./useZone";

interface Props {
  columns: Column[];
  /** Keys of the metadata in the rows at hand. */
  metadataKeys: string[];
  /** null: as by default. */
  onChange: (cols: string[] | null) => void;
}

/** Which columns there are, in which order and how wide. */
export function ColumnMenu({ columns, metadataKeys, onChange }: Props) {
  const change = (next: Column[]) => {
    const cols = next.map(writeColumn);
    const asDefault = columnsOf(null).map(writeColumn).join("\n") === cols.join("\n");
    onChange(asDefault ? null : cols);
  };
  const shown = new Set(columns.map(({ id }) => id));
  const offered = [...COLUMNS.map(({ id }) => id), ...metadataKeys.map((key) => `metadata.${key}`)];
  const hidden = offered.filter((id) => !shown.has(id));
  return (
    <Popover quiet label="Columns" icon="columns" button="">
      {() => (
        <div className={styles.menu}>
          <h2>Columns</h2>
          <ol role="list">
            {columns.map((column, index) => (
              <Shown
                key={column.id}
                column={column}
                first={index === 0}
                last={index === columns.length - 1}
                only={columns.length === 1}
                onMove={(step) => change(moved(columns, index, step))}
                onResize={(width) =>
                  change(
                    columns.map((each) => (each.id === column.id ? { ...each, width, grows: false } : each)),
                  )
                }
                onHide={() => change(columns.filter(({ id }) => id !== column.id))}
              />
            ))}
          </ol>
          <h2>Others</h2>
          <ul role="list" className={styles.others}>
            {hidden.map((id) => {
              const column = columnOf(id);
              return (
                column && (
                  <li key={id}>
                    <button type="button" onClick={() => change([...columns, column])}>
                      <span aria-hidden="true">+</span> <SafeText text={column.title} />
                    </button>
                  </li>
                )
              );
            })}
          </ul>
          <KeyForm
            onAdd={(key) => change([...columns, columnOf(`metadata.${key}`)].filter((each) => !!each))}
          />
          <ZoneChoice />
          <DensityChoice />
          <button type="button" className={styles.reset} onClick={() => onChange(null)}>
            Columns as by default
          </button>
        </div>
      )}
    </Popover>
  );
}

interface ShownProps {
  column: Column;
  first: boolean;
  last: boolean;
  only: boolean;
  onMove: (step: number) => void;
  onResize: (width: number) => void;
  onHide: () => void;
}

function Shown({ column, first, last, only, onMove, onResize, onHide }: ShownProps) {
  const { title, width, grows } = column;
  return (
    <li className={styles.shown}>
      <span className={styles.title}>
        <SafeText text={title} />
      </span>
      <input
        type="number"
        min={WIDTH_MIN}
        max={WIDTH_MAX}
        step={8}
        value={grows ? "" : width}
        placeholder="auto"
        aria-label={`Width of ${title}`}
        onChange={(event) => {
          const next = Number(event.target.value);
          if (next >= WIDTH_MIN && next <= WIDTH_MAX) onResize(next);
        }}
      />
      <IconButton icon="up" label={`${title}: to the left`} disabled={first} onClick={() => onMove(-1)} />
      <IconButton icon="down" label={`${title}: to the right`} disabled={last} onClick={() => onMove(1)} />
      <IconButton icon="close" label={`Hide ${title}`} disabled={only} onClick={onHide} />
    </li>
  );
}

/** Any key of the metadata, whether the rows at hand have it or not. */
function KeyForm({ onAdd }: { onAdd: (key: string) => void }) {
  const [key, setKey] = useState("");
  return (
    <form
      className={styles.key}
      onSubmit={(event) => {
        event.preventDefault();
        if (key.trim()) onAdd(key.trim());
        setKey("");
      }}
    >
      <input
        value={key}
        placeholder="metadata key…"
        aria-label="Column of a metadata key"
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => setKey(event.target.value)}
      />
      <IconButton icon="plus" label="Add the column" type="submit" />
    </form>
  );
}

function ZoneChoice() {
  const [zone, setZone] = useZone();
  return (
    <fieldset className={styles.zone}>
      <legend>Times</legend>
      {(["local", "utc"] as const).map((each) => (
        <label key={each}>
          <input type="radio" name="zone" checked={zone === each} onChange={() => setZone(each)} />
          {each === "utc" ? "UTC" : "Local"}
        </label>
      ))}
    </fieldset>
  );
}

function DensityChoice() {
  const [density, setDensity] = useDensity();
  return (
    <fieldset className={styles.zone}>
      <legend>Rows</legend>
      {(["compact", "normal", "comfortable"] as const).map((each) => (
        <label key={each}>
          <input type="radio" name="density" checked={density === each} onChange={() => setDensity(each)} />
          {each}
        </label>
      ))}
    </fieldset>
  );
}

function moved(columns: Column[], index: number, step: number): Column[] {
  const next = [...columns];
  const [column] = next.splice(index, 1);
  if (column) next.splice(index + step, 0, column);
  return next;
}
