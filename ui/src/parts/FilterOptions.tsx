import { useEffect, useRef } from "react";
import { SafeText } from "../ui/SafeText";
import styles from "./FilterField.module.css";

interface Props {
  /** Prefix of element ids. */
  id: string;
  options: { label: string; detail: string }[];
  active: number;
  /** What a value looks like, when there is more to know than the options say. */
  hint: string;
  onTake: (index: number) => void;
}

/** The list under the filter field. The focus stays in the field. */
export function FilterOptions({ id, options, active, hint, onTake }: Props) {
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => {
    list.current?.children[active]?.scrollIntoView({ block: "nearest" });
  }, [active]);
  return (
    <div className={styles.layer}>
      <ul ref={list} id={`${id}-options`} role="listbox" aria-label="Suggestions">
        {options.map(({ label, detail }, index) => (
          <li
            key={label}
            id={`${id}-option-${index}`}
            role="option"
            aria-selected={index === active}
            // A press would take the focus from the field.
            onPointerDown={(event) => event.preventDefault()}
            onClick={() => onTake(index)}
          >
            <span className={styles.label}>
              <SafeText text={label} />
            </span>
            <span className={styles.detail}>
              <SafeText text={detail} />
            </span>
          </li>
        ))}
      </ul>
      {hint && (
        <p className={styles.hint}>
          {options.length > 0 ? "Or " : ""}
          {hint.replaceAll("`", "")}
        </p>
      )}
    </div>
  );
}
