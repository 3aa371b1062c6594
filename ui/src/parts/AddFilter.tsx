import { useId, useState } from "react";
import { FIELD_RULES, FILTER_FIELDS, filterProblem, type Filter, type FilterField } from "../lib/filters";
import { Button } from "../ui/Button";
import { Popover } from "../ui/Popover";
import styles from "./AddFilter.module.css";

interface Props {
  /** Values seen in the rows at hand, offered while typing. */
  suggest: (field: FilterField, key: string) => string[];
  onAdd: (filter: Filter) => void;
}

export function AddFilter({ suggest, onAdd }: Props) {
  return (
    <Popover label="Add filter" icon="plus" button="Filter">
      {(close) => (
        <FilterForm
          suggest={suggest}
          onAdd={(filter) => {
            onAdd(filter);
            close();
          }}
        />
      )}
    </Popover>
  );
}

function FilterForm({ suggest, onAdd }: Props) {
  const [field, setField] = useState<FilterField>("status");
  const [key, setKey] = useState("");
  const [value, setValue] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const id = useId();
  const rule = FIELD_RULES[field];
  const submit = () => {
    const filter: Filter = { field, value: value.trim() };
    if (field === "metadata") filter.key = key.trim();
    const found = filterProblem(filter);
    setProblem(found);
    if (!found) onAdd(filter);
  };
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <label>
        Field
        <select value={field} onChange={(event) => setField(event.target.value as FilterField)}>
          {FILTER_FIELDS.map((each) => (
            <option key={each} value={each}>
              {FIELD_RULES[each].label}
            </option>
          ))}
        </select>
      </label>
      {field === "metadata" && (
        <label>
          Key
          <input
            value={key}
            placeholder="environment"
            autoComplete="off"
            onChange={(event) => setKey(event.target.value)}
          />
        </label>
      )}
      <label>
        Value
        <input
          value={value}
          placeholder={rule.hint}
          list={`${id}-values`}
          autoComplete="off"
          spellCheck={false}
          aria-invalid={problem !== null}
          aria-describedby={problem ? `${id}-problem` : undefined}
          onChange={(event) => setValue(event.target.value)}
        />
      </label>
      <datalist id={`${id}-values`}>
        {suggest(field, key).map((each) => (
          <option key={each} value={each} />
        ))}
      </datalist>
      {problem && (
        <p id={`${id}-problem`} className={styles.problem}>
          {problem}
        </p>
      )}
      <Button type="submit" look="primary">
        Add filter
      </Button>
    </form>
  );
}
