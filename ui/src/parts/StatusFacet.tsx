import { useState } from "react";
import type { Facet } from "../api/types";
import { FacetRows, type FacetRow } from "./FacetRows";
import type { FacetActions } from "./FacetSection";
import styles from "./Facets.module.css";

interface Props {
  facet: Facet;
  stale: boolean;
  actions: FacetActions;
}

/** Statuses by class, and each code where one wants to know. */
export function StatusFacet({ facet, stale, actions }: Props) {
  const [codes, setCodes] = useState(false);
  return (
    <section className={styles.facet} aria-label="Status" data-stale={stale}>
      <header>
        <h2>Status</h2>
        {actions.isFiltered("status") && (
          <button type="button" className={styles.link} onClick={() => actions.clear("status")}>
            Any
          </button>
        )}
        <button type="button" className={styles.link} aria-pressed={codes} onClick={() => setCodes(!codes)}>
          Codes
        </button>
      </header>
      <FacetRows field="status" title="Status" values={rowsOf(facet, codes, actions)} actions={actions} />
    </section>
  );
}

function rowsOf({ values }: Facet, codes: boolean, { stateOf }: FacetActions): FacetRow[] {
  const classes = new Map<string, FacetRow[]>();
  for (const each of values) {
    // What is no status of HTTP, 0 for instance, is its own class.
    const name = /^[1-5]\d\d$/.test(each.value) ? `${each.value.charAt(0)}xx` : each.value;
    classes.set(name, [...(classes.get(name) ?? []), each]);
  }
  return [...classes]
    .sort(([a], [b]) => (a < b ? 1 : -1))
    .flatMap(([name, inner]): FacetRow[] => {
      const states = inner.map(({ value }) => stateOf("status", value));
      const row: FacetRow = {
        value: name,
        count: inner.reduce((sum, { count }) => sum + (count ?? 0), 0),
        state: states.every((state) => state === states[0]) ? (states[0] ?? null) : null,
      };
      const isClass = name.endsWith("xx");
      return codes && isClass ? [row, ...inner.map((each) => ({ ...each, inner: true }))] : [row];
    });
}
