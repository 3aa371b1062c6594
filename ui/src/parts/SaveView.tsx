import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { createView, type ViewFields } from "../api/views";
import type { View } from "../api/types";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import styles from "./ViewsMenu.module.css";

interface Props {
  /** What is saved. */
  now: Omit<ViewFields, "name" | "pinned">;
  onSaved: (view: View) => void;
  onClose: () => void;
}

/** Names a view: it is for everyone. */
export function SaveView({ now, onSaved, onClose }: Props) {
  const [name, setName] = useState("");
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: () => createView({ ...now, name: name.trim(), pinned: false }),
    onSuccess: (view) => {
      void client.invalidateQueries({ queryKey: ["views"] });
      onSaved(view);
    },
  });
  return (
    <Dialog title="Save as a view" onClose={onClose}>
      <form
        className={styles.save}
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim()) save.mutate();
        }}
      >
        <label>
          Name
          <input
            value={name}
            data-autofocus
            autoComplete="off"
            maxLength={100}
            onChange={(event) => setName(event.target.value)}
          />
        </label>
        <p>Everyone who uses this server sees it.</p>
        {save.error && (
          <p role="alert" className={styles.problem}>
            {save.error.message}
          </p>
        )}
        <Button type="submit" look="primary" disabled={name.trim() === "" || save.isPending}>
          Save
        </Button>
      </form>
    </Dialog>
  );
}
