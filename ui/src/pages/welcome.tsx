import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import { API_ROOT } from "../api/client";
import { aboutQuery } from "../api/about";
import { createKey } from "../api/keys";
import { newestLogQuery, sendLog } from "../api/logs";
import { paths } from "../lib/paths";
import { KEY_PLACEHOLDER, sampleLog, snippets } from "../lib/snippets";
import { formatClock } from "../lib/time";
import { DemoData } from "../parts/DemoData";
import { ErrorBox } from "../parts/ErrorBox";
import { Button } from "../ui/Button";
import { CodeBlock } from "../ui/CodeBlock";
import { CopyButton } from "../ui/CopyButton";
import { Tabs } from "../ui/Tabs";
import styles from "./welcome.module.css";

const BASE_URL = `${API_ROOT}v1`;

/** How to send the first log; says by itself when it has come. */
export default function WelcomePage() {
  const { data: about } = useQuery(aboutQuery);
  const needsKey = about?.auth === "keys";
  const [key, setKey] = useState<string | null>(null);
  const ways = snippets(BASE_URL, needsKey ? (key ?? KEY_PLACEHOLDER) : null);
  const [chosen, setChosen] = useState("curl");
  const way = ways.find((each) => each.id === chosen);
  const test = useMutation({ mutationFn: () => sendLog(sampleLog(Date.now())) });
  return (
    <div className={styles.page}>
      <title>Send logs · Portlog</title>
      <h1>Send logs</h1>
      <dl className={styles.base}>
        <dt>Base URL</dt>
        <dd>
          <code>{BASE_URL}</code>
          <CopyButton what="base URL" text={BASE_URL} />
        </dd>
      </dl>
      <p className={styles.lead}>
        Point a client of Portkey&rsquo;s API here, or post logs yourself.{" "}
        {about?.auth === "off" && "No key is needed: this server answers its own machine only."}
        {needsKey && key === null && (
          <>
            Put your API key in place of <code>{KEY_PLACEHOLDER}</code>, or take a new one.
          </>
        )}
      </p>
      {needsKey && <FirstKey text={key} onMade={setKey} />}
      <div className={styles.ways}>
        <Tabs
          label="Ways to send a log"
          items={ways}
          value={chosen}
          onChange={setChosen}
          prefix="way"
          className={styles.way}
        >
          {way && <CodeBlock code={way.code} label={`${way.label} snippet`} />}
        </Tabs>
      </div>
      <div className={styles.outcome}>
        <Button onClick={() => test.mutate()} disabled={test.isPending}>
          Send a test log
        </Button>
        <Arrival />
      </div>
      {test.error && (
        <ErrorBox title="The test log was not stored." error={test.error} onRetry={() => test.mutate()} />
      )}
      <DemoData />
    </div>
  );
}

/** A new key for sending, shown this once; the snippets have it from then on. */
function FirstKey({ text, onMade }: { text: string | null; onMade: (text: string) => void }) {
  const make = useMutation({
    mutationFn: () => createKey({ name: "first sender", scopes: ["logs.write", "feedback.write"] }),
    onSuccess: ({ key }) => onMade(key),
  });
  if (text !== null) {
    return (
      <dl className={styles.base}>
        <dt>New key</dt>
        <dd>
          <code>{text}</code>
          <CopyButton what="the key" text={text} />
        </dd>
        <dd role="status">Copy it now: it is not shown again.</dd>
      </dl>
    );
  }
  return (
    <p className={styles.outcome}>
      <Button disabled={make.isPending} onClick={() => make.mutate()}>
        Make a key
      </Button>
      {make.error && <span role="alert">{make.error.message}</span>}
    </p>
  );
}

/** Turns by itself from waiting to the way in: when the newest log is not the one it began with. */
function Arrival() {
  const [before, setBefore] = useState<string | null>();
  const [arrived, setArrived] = useState(false);
  const { data: log, error } = useQuery(newestLogQuery(!arrived));
  if (log !== undefined && before === undefined) setBefore(log?.id ?? null);
  if (log && before !== undefined && log.id !== before && !arrived) setArrived(true);
  if (log && arrived) {
    return (
      <p role="status" className={styles.arrival}>
        <span aria-hidden="true" className={styles.dot}>
          ●
        </span>{" "}
        {before === null ? "First log" : "Log"} received {formatClock(log.created_at)} &ndash;{" "}
        <Link href={paths.logs({ log: log.id, from: "all" })}>open it</Link>
      </p>
    );
  }
  return (
    <p role="status" className={styles.arrival}>
      {error ? (
        "The server does not answer; still trying."
      ) : (
        <>
          <span aria-hidden="true" className={styles.pulse}>
            ○
          </span>{" "}
          Listening…
        </>
      )}
    </p>
  );
}
