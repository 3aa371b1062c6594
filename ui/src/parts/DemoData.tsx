import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "wouter";
import { DEMO, demoQuery, makeDemo, removeDemo } from "../api/demo";
import { plural } from "../lib/numbers";
import { paths } from "../lib/paths";
import { Button } from "../ui/Button";
import styles from "./DemoData.module.css";

/** Logs to look at before there are any: made, and taken away again. */
export function DemoData() {
  const client = useQueryClient();
  const { data: there } = useQuery(demoQuery);
  // What is on other pages has changed too.
  const onSettled = () => client.invalidateQueries();
  const make = useMutation({ mutationFn: makeDemo, onSettled });
  const remove = useMutation({ mutationFn: removeDemo, onSettled });
  const failure = make.error ?? remove.error;
  const busy = make.isPending || remove.isPending;
  return (
    <section className={styles.demo} aria-labelledby="demo-title">
      <h2 id="demo-title">Demo data</h2>
      <p>
        Some hundred varied logs of the last 24 hours, to look around with. They are marked, and go as they
        came.
      </p>
      <p className={styles.line}>
        {there ? (
          <>
            <Button disabled={busy} onClick={() => remove.mutate()}>
              Remove the demo data
            </Button>
            <Link href={paths.logs({ q: DEMO })}>look at it</Link>
          </>
        ) : (
          <Button disabled={busy || there === undefined} onClick={() => make.mutate()}>
            Add demo data
          </Button>
        )}
        <span role="status">
          {busy && "Working…"}
          {there === false && remove.data && `${plural(remove.data.count, "demo log")} removed.`}
        </span>
        {failure && <span role="alert">{failure.message}</span>}
      </p>
    </section>
  );
}
