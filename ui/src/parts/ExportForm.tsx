import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import {
  EXPORT_FORMATS,
  exportFieldsQuery,
  exportsQuery,
  makeExport,
  previewQuery,
  type ExportFields,
  type ExportFormat,
  type ExportOrder,
  type ExportPreview,
} from "../api/exports";
import type { Asked } from "../api/question";
import { asText, type Json } from "../lib/json";
import { formatCount, plural } from "../lib/numbers";
import { announce } from "../ui/announce";
import { Button } from "../ui/Button";
import form from "../ui/Form.module.css";
import { SafeText } from "../ui/SafeText";
import { Table } from "../ui/Table";
import { useSettled } from "../ui/useSettled";
import { ErrorBox } from "./ErrorBox";
import styles from "./ExportForm.module.css";
import { problemOf } from "./server-problem";

const FORMAT_NAMES: Record<ExportFormat, string> = { jsonl: "JSON lines", csv: "CSV", parquet: "Parquet" };
const SETTLED_MS = 250;
/** What the server takes when nothing is said. */
const LIMIT = "50000";

interface Props {
  asked: Asked;
  /** Whether the question can be asked. */
  usable: boolean;
  onClose: () => void;
}

/** What the file is to hold, and what it would: the expected number and three rows. */
export function ExportForm({ asked, usable, onClose }: Props) {
  const { data: known, error, refetch } = useQuery(exportFieldsQuery);
  const client = useQueryClient();
  const [chosen, setChosen] = useState<string[] | null>(null);
  const [limit, setLimit] = useState(LIMIT);
  const [format, setFormat] = useState<ExportFormat>("jsonl");
  const [gzip, setGzip] = useState(false);
  const fields = useMemo(
    () => chosen ?? known?.fields.filter((field) => field.default).map(({ name }) => name) ?? [],
    [chosen, known],
  );
  const limitUsable = /^[1-9]\d{0,8}$/.test(limit);
  const order: ExportOrder = useMemo(
    () => ({ asked, fields, limit: limitUsable ? Number(limit) : null, format, gzip }),
    [asked, fields, limit, limitUsable, format, gzip],
  );
  const ready = usable && limitUsable && fields.length > 0;
  const settled = useSettled(order, SETTLED_MS);
  const preview = useQuery({ ...previewQuery(settled), enabled: ready });
  const make = useMutation({
    mutationFn: makeExport,
    onSuccess: () => {
      announce("Export started");
      return client.invalidateQueries({ queryKey: exportsQuery.queryKey });
    },
  });
  return (
    <form
      className={form.form}
      aria-label="New export"
      onSubmit={(event) => {
        event.preventDefault();
        if (ready) make.mutate(order);
      }}
    >
      <h2>New export</h2>
      {error && (
        <ErrorBox
          small
          title="The fields could not be loaded."
          error={error}
          onRetry={() => void refetch()}
        />
      )}
      {known && <FieldChoice known={known} chosen={fields} onChange={setChosen} />}
      <div className={form.line}>
        <fieldset>
          <legend className="visually-hidden">Format</legend>
          <span className={form.line}>
            {EXPORT_FORMATS.map((each) => (
              <label key={each} className={form.choice}>
                <input
                  type="radio"
                  name="format"
                  checked={format === each}
                  onChange={() => setFormat(each)}
                />
                {FORMAT_NAMES[each]}
              </label>
            ))}
          </span>
        </fieldset>
        <label className={form.choice} title={format === "parquet" ? "Parquet is packed itself" : undefined}>
          <input
            type="checkbox"
            checked={gzip && format !== "parquet"}
            disabled={format === "parquet"}
            onChange={() => setGzip(!gzip)}
          />
          gzip
        </label>
        <label className={form.field}>
          At most
          <input
            type="number"
            min={1}
            value={limit}
            aria-invalid={!limitUsable}
            onChange={({ target }) => setLimit(target.value)}
          />
          logs
        </label>
      </div>
      {!limitUsable && <p className={form.problem}>The number of logs is a whole one from 1 on.</p>}
      {known && fields.length === 0 && <p className={form.problem}>Choose at least one field.</p>}
      {preview.error && !problemOf(preview.error) && (
        <ErrorBox
          small
          title="The preview could not be made."
          error={preview.error}
          onRetry={() => void preview.refetch()}
        />
      )}
      {preview.data && ready && (
        <Preview of={preview.data} fields={settled.fields} stale={preview.isFetching || settled !== order} />
      )}
      {make.error && (
        <p role="alert" className={form.problem}>
          The export was not started: {make.error.message}
        </p>
      )}
      <div className={form.line}>
        <Button type="submit" look="primary" disabled={!ready || make.isPending}>
          Start
        </Button>
        <Button look="quiet" onClick={onClose}>
          Close
        </Button>
      </div>
    </form>
  );
}

interface ChoiceProps {
  known: ExportFields;
  chosen: string[];
  onChange: (fields: string[]) => void;
}

function FieldChoice({ known, chosen, onChange }: ChoiceProps) {
  const all = known.fields.map(({ name }) => name);
  const toggle = (name: string) => {
    const next = new Set(chosen);
    if (!next.delete(name)) next.add(name);
    onChange(all.filter((each) => next.has(each)));
  };
  const byDefault = known.fields.filter((field) => field.default).map(({ name }) => name);
  return (
    <fieldset className={styles.all}>
      <legend>Fields</legend>
      <div className={styles.fields}>
        {known.fields.map(({ name, meaning }) => (
          <label key={name} className={form.choice} title={meaning}>
            <input type="checkbox" checked={chosen.includes(name)} onChange={() => toggle(name)} />
            {name}
          </label>
        ))}
        {known.denied_fields.map((name) => (
          <label key={name} className={`${form.choice ?? ""} ${styles.denied ?? ""}`}>
            <input type="checkbox" checked={false} disabled aria-describedby="denied-fields" />
            {name}
          </label>
        ))}
      </div>
      {known.denied_fields.length > 0 && (
        <p id="denied-fields" className={form.note}>
          Not to be exported from this server (setting <code>export_denied_fields</code>):{" "}
          {known.denied_fields.join(", ")}.
        </p>
      )}
      <div className={styles.sets}>
        <Button look="quiet" onClick={() => onChange(all)}>
          All
        </Button>
        <Button look="quiet" onClick={() => onChange(byDefault)}>
          Portkey&rsquo;s
        </Button>
        <Button look="quiet" onClick={() => onChange([])}>
          None
        </Button>
      </div>
    </fieldset>
  );
}

const CELL_MAX = 80;

function Preview({ of: preview, fields, stale }: { of: ExportPreview; fields: string[]; stale: boolean }) {
  const { total, total_records: records, rows } = preview;
  return (
    <div className={styles.preview} data-stale={stale}>
      <p role="status">
        <b>{plural(records, "log")}</b>
        {records < total && ` of ${formatCount(total)} that match`} will be in the file.
      </p>
      {rows.length > 0 && (
        <Table label="Preview of three rows">
          <thead>
            <tr>
              {fields.map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, index) => (
              <tr key={index}>
                {fields.map((name) => (
                  <td key={name} data-short="">
                    <SafeText text={cellText(row[name])} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </Table>
      )}
    </div>
  );
}

function cellText(value: Json | undefined): string {
  const text = asText(value) ?? (value === null || value === undefined ? "" : JSON.stringify(value));
  return text.length > CELL_MAX ? `${text.slice(0, CELL_MAX)}…` : text;
}
