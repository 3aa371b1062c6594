import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { cancelReprocess, isUnderWay, reprocess, reprocessQuery, type Reprocessing } from "../api/settings";
import { formatCount } from "../lib/numbers";
import { formatInstant } from "../lib/time";
import { Button } from "../ui/Button";
import form from "../ui/Form.module.css";
import { SafeText } from "../ui/SafeText";
import { Table } from "../ui/Table";

/** Older logs keep their costs until they are derived again. */
export function Reprocess() {
  const client = useQueryClient();
  const { data: jobs } = useQuery(reprocessQuery);
  const [since, setSince] = useState("");
  const onSuccess = () => client.invalidateQueries({ queryKey: reprocessQuery.queryKey });
  const begin = useMutation({ mutationFn: reprocess, onSuccess });
  const cancel = useMutation({ mutationFn: cancelReprocess, onSuccess });
  const failure = begin.error ?? cancel.error;
  return (
    <>
      <form
        className={form.form}
        aria-label="Derive older logs again"
        onSubmit={(event) => {
          event.preventDefault();
          if (since) begin.mutate(since);
        }}
      >
        <h2>Older logs</h2>
        <p>A change holds for logs from now on. Older ones keep their cost until they are derived again.</p>
        <div className={form.line}>
          <label className={form.field}>
            Again since
            <input type="date" required value={since} onChange={({ target }) => setSince(target.value)} />
          </label>
          <Button type="submit" disabled={since === "" || begin.isPending}>
            Derive again
          </Button>
        </div>
        {failure && (
          <p role="alert" className={form.problem}>
            {failure.message}
          </p>
        )}
      </form>
      {jobs && jobs.length > 0 && (
        <Table label="Logs derived again">
          <thead>
            <tr>
              <th scope="col">Begun</th>
              <th scope="col">Since</th>
              <th scope="col">State</th>
              <th scope="col" data-number="">
                Looked at
              </th>
              <th scope="col" data-number="">
                Changed
              </th>
              <th scope="col" data-actions="">
                <span className="visually-hidden">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {jobs.map((job) => (
              <tr key={job.id}>
                <td>{formatInstant(job.created_at)}</td>
                <td>{formatInstant(job.since)}</td>
                <td>
                  <State job={job} />
                </td>
                <td data-number="">{formatCount(job.logs_seen)}</td>
                <td data-number="">{formatCount(job.logs_changed)}</td>
                <td data-actions="">
                  {isUnderWay(job) && (
                    <Button look="quiet" onClick={() => cancel.mutate(job.id)}>
                      Cancel
                    </Button>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </Table>
      )}
    </>
  );
}

function State({ job }: { job: Reprocessing }) {
  if (isUnderWay(job)) return `${job.status}, done to ${formatInstant(job.done_through)}`;
  if (job.error === null) return job.status;
  return (
    <>
      {job.status}: <SafeText text={job.error} />
    </>
  );
}
