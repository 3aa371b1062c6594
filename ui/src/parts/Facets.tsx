import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { FACET_LIMIT, facetsQuery } from "../api/fields";
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

interface Part {
  /** In their order; those without a value in the logs at hand are left out. "metadata" is up to 6 keys. */
  fields: string[];
  limit: number;
  /** Rows of the skeleton. */
  rows: number;
  failed: string;
}

/** Asked for one by one, so that what takes longest, the metadata, keeps nobody waiting for the rest. */
const PARTS: Part[] = [
  { fields: ["status"], limit: 60, rows: 0, failed: "The statuses could not be counted." },
  {
    fields: ["model", "provider", "user", "cache", "env", "key"],
    limit: FACET_LIMIT,
    rows: 12,
    failed: "The values could not be counted.",
  },
  { fields: ["metadata"], limit: FACET_LIMIT, rows: 6, failed: "The metadata could not be counted." },
];
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

  const actions: FacetActions = {
    stateOf: (field, value) => stateOf(query, field, value),
    isFiltered: (field) => isFiltered(query, field),
    named: (field) => namedValues(query, field),
    only: (field, value) => onChange(only(q, { field, value }, fields)),
    add: (field, value) => onChange(toggled(q, { field, value }, fields)),
    exclude: (field, value) => onChange(toggled(q, { field, value, out: true }, fields)),
    clear: (field) => onChange(withoutField(q, field, fields)),
  };
  return PARTS.map((part) => (
    <FacetPart key={part.failed} part={part} question={question} live={live} actions={actions} />
  ));
}

interface PartProps {
  part: Part;
  question: Asked;
  live: boolean;
  actions: FacetActions;
}

function FacetPart({ part, question, live, actions }: PartProps) {
  const found = useQuery({
    ...facetsQuery(question, part.fields, part.limit),
    refetchInterval: live && COUNT_AGAIN_MS,
  });
  const failure = failureOf(found.error);
  return (
    <>
      {failure && <ErrorBox small title={part.failed} error={failure} onRetry={() => void found.refetch()} />}
      {found.data
        ?.filter(({ field, values }) => values.length > 0 || actions.isFiltered(field))
        .map((facet) =>
          facet.field === "status" ? (
            <StatusFacet key="status" facet={facet} stale={found.isPlaceholderData} actions={actions} />
          ) : (
            <FacetSection
              key={facet.field}
              facet={facet}
              asked={question}
              stale={found.isPlaceholderData}
              actions={actions}
            />
          ),
        )}
      {found.isPending && part.rows > 0 && (
        <div className={styles.skeleton} role="status" aria-label="Counting values">
          {Array.from({ length: part.rows }, (_, index) => (
            <div key={index} />
          ))}
        </div>
      )}
    </>
  );
}
