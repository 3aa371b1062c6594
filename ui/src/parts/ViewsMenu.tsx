import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type Ref } from "react";
import { useLocation } from "wouter";
import { changeView, deleteView, viewsQuery, type ViewFields } from "../api/views";
import type { View } from "../api/types";
import { Button, IconButton } from "../ui/Button";
import { Popover } from "../ui/Popover";
import { SafeText } from "../ui/SafeText";
import { ErrorBox } from "./ErrorBox";
import { defaultViewId, isSameView, setDefaultViewId, viewPath } from "./views";
import styles from "./ViewsMenu.module.css";

interface Props {
  buttonRef: Ref<HTMLButtonElement>;
  /** What would be saved now. */
  now: Omit<ViewFields, "name" | "pinned">;
  /** Id of the view that this began with. */
  current: string | null;
  onSaveAs: () => void;
}

export const PINNED_MAX = 8;

/** The saved views, shared with everyone: open, pin, begin with one, delete. */
export function ViewsMenu({ buttonRef, now, current, onSaveAs }: Props) {
  const { data: views, error, refetch } = useQuery(viewsQuery);
  const [, navigate] = useLocation();
  const view = views?.find(({ id }) => id === current);
  const edited = view !== undefined && !isSameView(view, now);
  const [first, setFirst] = useState(defaultViewId);
  return (
    <>
      <Popover
        label="Views (v)"
        icon="views"
        buttonRef={buttonRef}
        button={view ? <SafeText text={view.name} /> : "Views"}
      >
        {(close) => (
          <div className={styles.menu}>
            {error && (
              <ErrorBox
                small
                title="The views could not be loaded."
                error={error}
                onRetry={() => void refetch()}
              />
            )}
            {views?.length === 0 && <p className={styles.none}>No views yet. Save this one (Shift+V).</p>}
            <ul role="list">
              {views?.map((each) => (
                <ViewRow
                  key={each.id}
                  view={each}
                  current={each.id === current}
                  first={each.id === first}
                  onBegin={(id) => {
                    setDefaultViewId(id);
                    setFirst(id);
                  }}
                  mayPin={each.pinned || views.filter(({ pinned }) => pinned).length < PINNED_MAX}
                  onOpen={() => {
                    close();
                    navigate(viewPath(each));
                  }}
                />
              ))}
            </ul>
            <Button
              onClick={() => {
                close();
                onSaveAs();
              }}
            >
              Save as a view…
            </Button>
          </div>
        )}
      </Popover>
      {view && edited && <Edited view={view} now={now} onSaveAs={onSaveAs} />}
      {!view && (
        <Button look="quiet" className={styles.direct} title="Save as a view (Shift+V)" onClick={onSaveAs}>
          Save
        </Button>
      )}
    </>
  );
}

interface RowProps {
  view: View;
  current: boolean;
  /** Its reader begins with it. */
  first: boolean;
  onBegin: (id: string | null) => void;
  mayPin: boolean;
  onOpen: () => void;
}

function ViewRow({ view, current, first, onBegin, mayPin, onOpen }: RowProps) {
  const client = useQueryClient();
  const onSuccess = () => client.invalidateQueries({ queryKey: ["views"] });
  const pin = useMutation({ mutationFn: changeView, onSuccess });
  const remove = useMutation({ mutationFn: deleteView, onSuccess });
  const [sure, setSure] = useState(false);
  return (
    <li className={styles.row}>
      <button type="button" className={styles.open} aria-current={current || undefined} onClick={onOpen}>
        <span>
          <SafeText text={view.name} />
        </span>
        <code>
          <SafeText text={view.q} />
        </code>
      </button>
      {sure ? (
        <Button look="quiet" autoFocus onBlur={() => setSure(false)} onClick={() => remove.mutate(view.id)}>
          Delete?
        </Button>
      ) : (
        <>
          <IconButton
            icon="star"
            label={first ? "Begin without this view" : "Begin with this view"}
            aria-pressed={first}
            onClick={() => onBegin(first ? null : view.id)}
          />
          <IconButton
            icon="pin"
            label={view.pinned ? "Unpin from the sidebar" : "Pin to the sidebar"}
            aria-pressed={view.pinned}
            disabled={!mayPin}
            onClick={() => pin.mutate({ ...fieldsOf(view), id: view.id, pinned: !view.pinned })}
          />
          <IconButton icon="close" label={`Delete ${view.name}`} onClick={() => setSure(true)} />
        </>
      )}
    </li>
  );
}

function fieldsOf({ name, q, from, to, columns, page, pinned }: View): ViewFields {
  return { name, q, from, to, columns, page, pinned };
}

interface EditedProps {
  view: View;
  now: Props["now"];
  onSaveAs: () => void;
}

/** The view as it is shown is not the view as it was saved. */
function Edited({ view, now, onSaveAs }: EditedProps) {
  const client = useQueryClient();
  const [, navigate] = useLocation();
  const update = useMutation({
    mutationFn: () => changeView({ ...fieldsOf(view), ...now, id: view.id }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["views"] }),
  });
  return (
    <span className={styles.edited}>
      edited
      <Button look="quiet" disabled={update.isPending} onClick={() => update.mutate()}>
        Update
      </Button>
      <Button look="quiet" onClick={onSaveAs}>
        Save as new
      </Button>
      <Button look="quiet" onClick={() => navigate(viewPath(view))}>
        Revert
      </Button>
      {update.error && <span role="alert">The view was not saved: {update.error.message}</span>}
    </span>
  );
}
