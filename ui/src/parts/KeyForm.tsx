import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { aboutQuery } from "../api/about";
import { API_ROOT } from "../api/client";
import { createKey, keysQuery, SCOPES } from "../api/keys";
import { snippets } from "../lib/snippets";
import { Button } from "../ui/Button";
import { CodeBlock } from "../ui/CodeBlock";
import { CopyButton } from "../ui/CopyButton";
import form from "../ui/Form.module.css";
import styles from "./KeyForm.module.css";

/** What a program needs that sends logs and feedback. */
const SENDER = ["logs.write", "feedback.write"];

interface Props {
  onClose: () => void;
}

/** Makes a key and shows its text, this once. */
export function KeyForm({ onClose }: Props) {
  const { data: about } = useQuery(aboutQuery);
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState(SENDER);
  const make = useMutation({
    mutationFn: createKey,
    onSuccess: () => client.invalidateQueries({ queryKey: keysQuery.queryKey }),
  });
  if (make.data) return <NewKey name={make.data.name} text={make.data.key} onClose={onClose} />;
  const toggle = (scope: string) =>
    setScopes(scopes.includes(scope) ? scopes.filter((each) => each !== scope) : [...scopes, scope]);
  const ready = name.trim() !== "" && scopes.length > 0;
  return (
    <form
      className={form.form}
      aria-label="New key"
      onSubmit={(event) => {
        event.preventDefault();
        if (ready) make.mutate({ name: name.trim(), scopes });
      }}
    >
      <h2>New key</h2>
      <label className={form.field}>
        Name
        <input
          value={name}
          autoFocus
          autoComplete="off"
          maxLength={100}
          onChange={({ target }) => setName(target.value)}
        />
      </label>
      <fieldset>
        <legend>It may</legend>
        <div className={styles.scopes}>
          {SCOPES.map(([scope, allows]) => {
            const lacking = about?.scopes?.includes(scope) === false;
            return (
              <label
                key={scope}
                className={form.choice}
                title={lacking ? "Your own key lacks this scope" : undefined}
              >
                <input
                  type="checkbox"
                  checked={scopes.includes(scope)}
                  disabled={lacking}
                  onChange={() => toggle(scope)}
                />
                <span>
                  {allows} <code className={form.note}>{scope}</code>
                </span>
              </label>
            );
          })}
        </div>
      </fieldset>
      {make.error && (
        <p role="alert" className={form.problem}>
          The key was not made: {make.error.message}
        </p>
      )}
      <div className={form.line}>
        <Button type="submit" look="primary" disabled={!ready || make.isPending}>
          Make the key
        </Button>
        <Button look="quiet" onClick={onClose}>
          Close
        </Button>
      </div>
    </form>
  );
}

interface NewKeyProps {
  name: string;
  text: string;
  onClose: () => void;
}

function NewKey({ name, text, onClose }: NewKeyProps) {
  const snippet = snippets(`${API_ROOT}v1`, text)[0];
  return (
    <section className={form.form} aria-label="The new key">
      <h2>The key “{name}”</h2>
      <p role="status">Copy it now: it is not shown again.</p>
      <p className={styles.text}>
        <code>{text}</code>
        <CopyButton what="the key" text={text} named />
      </p>
      {snippet && (
        <div className={styles.snippet}>
          <CodeBlock code={snippet.code} label="curl with this key" />
        </div>
      )}
      <Button look="primary" onClick={onClose}>
        I have it
      </Button>
    </section>
  );
}
