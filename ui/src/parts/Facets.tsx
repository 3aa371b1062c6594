import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { facetsQuery } from "../api/fields";
import { askedAt, type Asked } from "../api/question";
import { isFiltered, namedValues, only, stateOf, toggled, withoutField } from "../lib/query/edit";
import { tryParse } from "../lib/query/parse";
import { Mistake, type Query } from "../lib/query/syntax";
import { ErrorBox } from "./ErrorBox";
import { FacetSection, type FacetActions } from "./FacetSection";
import styles from "./Facets.module.css";
import { failureOf } from "./server-problem";
import { StatusFacet } from "./StatusFacet";
import { useFields } from "./useCompletion";

/** In their order; those without a value in the logs at hand are left out. "metadata" is up to 6 keys. */
const FIELDS = ["model", "provider", "user", "cache", "env", "key", "metadata"];
const STATUSES_MAX = 60;
const COUNT_AGAIN_MS = 10_000;

interface Props {
  asked: Asked;
  /** Logs come in: the counts go along, at a calm pace. */
  live: boolean;
  /** A new filter text, at once. */
  onChange: (q: string) => void;
}

const NOTHING: Query = { tree: null, sort: null };

/** Values beside the list, with their counts: click for only this, Ctrl for this too, Alt for not this. */
export function Facets({ asked, live, onChange }: Props) {
  const fields = useFields();
  const { q, from, to, now } = asked;
  // `sort:` changes no count.
  const question = useMemo(() => askedAt({ q, from, to }, now), [q, from, to, now]);
  const found = useMemo(() => tryParse(q, fields), [q, fields]);
  const query = found instanceof Mistake ? NOTHING : found;
  const refetchInterval = live && COUNT_AGAIN_MS;
  const statuses = useQuery({ ...facetsQuery(question, ["status"], STATUSES_MAX), refetchInterval });
  const others = useQuery({ ...facetsQuery(question, FIELDS), refetchInterval });

  const actions: FacetActions = {
    stateOf: (field, value) => stateOf(query, field, value),
    isFiltered: (field) => isFiltered(query, field),
    named: (field) => namedValues(query, field),
    only: (field, value) => onChange(only(q, { field, value }, fields)),
    add: (field, value) => onChange(toggled(q, { field, value }, fields)),
    exclude: (field, value) => onChange(toggled(q, { field, value, out: true }, fields)),
    clear: (field) => onChange(withoutField(q, field, fields)),
  };
  const status = statuses.data?.[0];
  const statusesFailure = failureOf(statuses.error);
  const othersFailure = failureOf(others.error);
  return (
    <>
      {statusesFailure && (
        <ErrorBox
          small
          title="The statuses could not be counted."
          error={statusesFailure}
          onRetry={() => void statuses.refetch()}
        />
      )}
      {status && status.values.length > 0 && (
        <StatusFacet facet={status} stale={statuses.isPlaceholderData} actions={actions} />
      )}
      {othersFailure && (
        <ErrorBox
          small
          title="The values could not be counted."
          error={othersFailure}
          onRetry={() => void others.refetch()}
        />
      )}
      {others.data
        ?.filter(({ field, values }) => values.length > 0 || isFiltered(query, field))
        .map((facet) => (
          <FacetSection
            key={facet.field}
            facet={facet}
            asked={question}
            stale={others.isPlaceholderData}
            actions={actions}
          />
        ))}
      {others.isPending && (
        <div className={styles.skeleton} role="status" aria-label="Counting values">
          {Array.from({ length: 12 }, (_, index) => (
            <div key={index} />
          ))}
        </div>
      )}
    </>
  );
}
