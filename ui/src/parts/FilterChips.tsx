import { filterLabel, sameFilter, type Filter } from "../lib/filters";
import { visible } from "../lib/hostile";
import { Icon } from "../ui/icons";
import { SafeText } from "../ui/SafeText";
import styles from "./FilterChips.module.css";

interface Props {
  filters: Filter[];
  /** Filters that cannot be used. */
  bad: Filter[];
  onRemove: (filter: Filter) => void;
}

export function FilterChips({ filters, bad, onRemove }: Props) {
  if (filters.length === 0) return null;
  return (
    <ul role="list" aria-label="Filters" className={styles.chips}>
      {filters.map((filter) => {
        const { name, value } = filterLabel(filter);
        const label = `Remove filter ${visible(name)} ${visible(value)}`;
        return (
          <li
            key={`${filter.field} ${name} ${value}`}
            className={styles.chip}
            data-bad={bad.some((each) => sameFilter(each, filter))}
          >
            <span className={styles.name}>
              <SafeText text={name} />
            </span>
            <span className={styles.value}>
              <SafeText text={value} />
            </span>
            <button type="button" aria-label={label} title={label} onClick={() => onRemove(filter)}>
              <Icon name="close" />
            </button>
          </li>
        );
      })}
    </ul>
  );
}
