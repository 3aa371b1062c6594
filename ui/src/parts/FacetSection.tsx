import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { facetsQuery } from "../api/fields";
import type { Asked } from "../api/question";
import type { Facet } from "../api/types";
import { IconButton } from "../ui/Button";
import { SafeText } from "../ui/SafeText";
import { useSettled } from "../ui/useSettled";
import { FacetRows } from "./FacetRows";
import styles from "./Facets.module.css";

export interface FacetActions {
  stateOf: (field: string, value: string) => "in" | "out" | null;
  isFiltered: (field: string) => boolean;
  /** Values that the filter names. */
  named: (field: string) => string[];
  only: (field: string, value: string) => void;
  add: (field: string, value: string) => void;
  exclude: (field: string, value: string) => void;
  clear: (field: string) => void;
}

interface Props {
  facet: Facet;
  asked: Asked;
  stale: boolean;
  actions: FacetActions;
}

const MORE_LIMIT = 50;
const TITLES: Record<string, string> = { env: "Environment", key: "API key" };

/** "Model", "Environment", "feature": what a facet is called. */
export function facetTitle(field: string): string {
  if (field.startsWith("metadata.")) return field.slice("metadata.".length);
  return TITLES[field] ?? field.charAt(0).toUpperCase() + field.slice(1);
}

/** One field: its most frequent values, a search among all, and more. */
export function FacetSection({ facet, asked, stale, actions }: Props) {
  const { field } = facet;
  const [searching, setSearching] = useState(false);
  const [typed, setTyped] = useState("");
  const [more, setMore] = useState(false);
  const search = useSettled(typed.trim());
  const wider = useQuery({
    ...facetsQuery(asked, [field], MORE_LIMIT, search),
    enabled: more || search !== "",
  });
  const shown = (more || search !== "" ? wider.data?.[0] : null) ?? facet;
  const title = facetTitle(field);
  const listed = new Set(shown.values.map(({ value }) => value.toLowerCase()));
  // What was chosen can be given up, also when it is not among the most frequent.
  const chosen =
    search === "" ? actions.named(field).filter((value) => !listed.has(value.toLowerCase())) : [];
  const rows = [...chosen.map((value) => ({ value, count: null })), ...shown.values];
  return (
    <section className={styles.facet} aria-label={title} data-stale={stale}>
      <header>
        <h2 title={field.startsWith("metadata.") ? `metadata: ${title}` : undefined}>
          <SafeText text={title} />
        </h2>
        {actions.isFiltered(field) && (
          <button type="button" className={styles.link} onClick={() => actions.clear(field)}>
            Any
          </button>
        )}
        {(facet.has_more || searching) && (
          <IconButton
            icon="search"
            label={`Find a value of ${title}`}
            aria-expanded={searching}
            onClick={() => {
              setSearching(!searching);
              setTyped("");
            }}
          />
        )}
      </header>
      {searching && (
        <input
          type="search"
          autoFocus
          value={typed}
          placeholder="Find…"
          aria-label={`Find a value of ${title}`}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => setTyped(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== "Escape") return;
            event.preventDefault();
            setSearching(false);
            setTyped("");
          }}
        />
      )}
      <FacetRows field={field} title={title} values={rows} actions={actions} />
      {rows.length === 0 && <p className={styles.none}>{search ? "No such value" : "No value"}</p>}
      {shown.has_more && !more && (
        <button type="button" className={styles.link} onClick={() => setMore(true)}>
          More
        </button>
      )}
      {shown.has_more && more && (
        <p className={styles.none}>More than {MORE_LIMIT} values: find them by name.</p>
      )}
      {more && (
        <button type="button" className={styles.link} onClick={() => setMore(false)}>
          Fewer
        </button>
      )}
    </section>
  );
}
