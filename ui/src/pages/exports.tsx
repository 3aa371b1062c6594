import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { exportsQuery } from "../api/exports";
import { askedAt } from "../api/question";
import { exportsState } from "../lib/url-state";
import { ErrorBox } from "../parts/ErrorBox";
import { ExportForm } from "../parts/ExportForm";
import { ExportTable } from "../parts/ExportTable";
import { PlainPage } from "../parts/PlainPage";
import { QueryBar } from "../parts/QueryBar";
import { Skeleton } from "../parts/Skeleton";
import { usePageQuestion } from "../parts/usePageState";
import { Button } from "../ui/Button";

/** Files of logs: a new one of the current question, and those that were made. */
export default function ExportsPage() {
  const { state, problems, update, now, ask, reload } = usePageQuestion(exportsState);
  const { q, from, to, make } = state;
  const asked = useMemo(() => askedAt({ q, from, to }, now), [q, from, to, now]);
  const jobs = useQuery(exportsQuery);
  return (
    <PlainPage
      title="Exports"
      actions={!make && <Button onClick={() => update({ make: true })}>New export</Button>}
    >
      {make && (
        <>
          <QueryBar
            question={state}
            now={now}
            problems={problems}
            error={null}
            onChange={ask}
            onReload={reload}
          />
          <ExportForm
            asked={asked}
            usable={problems.length === 0}
            onClose={() => update({ make: false }, "replace")}
          />
        </>
      )}
      {jobs.error && (
        <ErrorBox
          title="The exports could not be loaded."
          error={jobs.error}
          onRetry={() => void jobs.refetch()}
        />
      )}
      {jobs.isPending && <Skeleton />}
      {jobs.data?.length === 0 && (
        <p>No exports yet. One begins with the logs that you look at: press e in their list.</p>
      )}
      {jobs.data && jobs.data.length > 0 && <ExportTable jobs={jobs.data} />}
    </PlainPage>
  );
}
