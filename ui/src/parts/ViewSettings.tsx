import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import { changeView, deleteView, viewsQuery } from "../api/views";
import type { View } from "../api/types";
import { Button } from "../ui/Button";
import form from "../ui/Form.module.css";
import { SafeText } from "../ui/SafeText";
import { SureButton } from "../ui/SureButton";
import { Table } from "../ui/Table";
import { ErrorBox } from "./ErrorBox";
import { Skeleton } from "./Skeleton";
import { defaultViewId, setDefaultViewId, viewPath } from "./views";
import { PINNED_MAX } from "./ViewsMenu";

/** The saved views: rename, pin, begin with one, delete. */
export function ViewSettings() {
  const { data: views, error, isPending, refetch } = useQuery(viewsQuery);
  const [first, setFirst] = useState(defaultViewId);
  if (isPending) return <Skeleton />;
  if (error) {
    return <ErrorBox title="The views could not be loaded." error={error} onRetry={() => void refetch()} />;
  }
  if (views.length === 0) return <p>No views yet: press Shift+V in the list of logs to save one.</p>;
  const pinned = views.filter((view) => view.pinned).length;
  const begin = (id: string | null) => {
    setDefaultViewId(id);
    setFirst(id);
  };
  return (
    <>
      <Table label="Saved views">
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Question</th>
            <th scope="col">Pinned</th>
            <th scope="col">I begin with it</th>
            <th scope="col" data-actions="">
              <span className="visually-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {views.map((view) => (
            <Row
              key={view.id}
              view={view}
              mayPin={view.pinned || pinned < PINNED_MAX}
              first={view.id === first}
              onBegin={begin}
            />
          ))}
        </tbody>
      </Table>
      <p className={form.note}>
        Views are everyone&rsquo;s; at most {PINNED_MAX} are pinned. Which one you begin with is kept in this
        browser.
      </p>
    </>
  );
}

interface RowProps {
  view: View;
  mayPin: boolean;
  first: boolean;
  onBegin: (id: string | null) => void;
}

function Row({ view, mayPin, first, onBegin }: RowProps) {
  const client = useQueryClient();
  const onSuccess = () => client.invalidateQueries({ queryKey: viewsQuery.queryKey });
  const change = useMutation({ mutationFn: changeView, onSuccess });
  const remove = useMutation({ mutationFn: deleteView, onSuccess });
  const failure = change.error ?? remove.error;
  return (
    <tr>
      <th scope="row">
        <ViewName view={view} onRename={(name) => change.mutate({ id: view.id, name })} />
        {failure && <p role="alert">{failure.message}</p>}
      </th>
      <td data-short="">
        <code>
          <SafeText text={view.q} />
        </code>
      </td>
      <td>
        <input
          type="checkbox"
          aria-label={`Pin ${view.name}`}
          checked={view.pinned}
          disabled={!mayPin || change.isPending}
          onChange={() => change.mutate({ id: view.id, pinned: !view.pinned })}
        />
      </td>
      <td>
        <input
          type="checkbox"
          aria-label={`Begin with ${view.name}`}
          checked={first}
          onChange={() => onBegin(first ? null : view.id)}
        />
      </td>
      <td data-actions="">
        <SureButton label="Delete" sure="Delete it?" onSure={() => remove.mutate(view.id)} />
      </td>
    </tr>
  );
}

function ViewName({ view, onRename }: { view: View; onRename: (name: string) => void }) {
  const [name, setName] = useState<string | null>(null);
  if (name === null) {
    return (
      <>
        <Link href={viewPath(view)}>
          <SafeText text={view.name} />
        </Link>{" "}
        <Button look="quiet" aria-label={`Rename ${view.name}`} onClick={() => setName(view.name)}>
          Rename
        </Button>
      </>
    );
  }
  return (
    <form
      className={form.line}
      onSubmit={(event) => {
        event.preventDefault();
        if (name.trim() && name.trim() !== view.name) onRename(name.trim());
        setName(null);
      }}
    >
      <input
        className={form.input}
        aria-label={`New name of ${view.name}`}
        value={name}
        autoFocus
        maxLength={100}
        onChange={({ target }) => setName(target.value)}
        onKeyDown={({ key }) => key === "Escape" && setName(null)}
      />
      <Button type="submit">Rename</Button>
    </form>
  );
}
