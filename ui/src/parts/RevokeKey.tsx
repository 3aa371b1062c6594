import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { keysQuery, revokeKey } from "../api/keys";
import type { ApiKey } from "../api/types";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import form from "../ui/Form.module.css";
import { SafeText } from "../ui/SafeText";

/** Asks for the key's name before it ends the key. */
export function RevokeKey({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  const client = useQueryClient();
  const [typed, setTyped] = useState("");
  const revoke = useMutation({
    mutationFn: () => revokeKey(apiKey.id),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: keysQuery.queryKey });
      onClose();
    },
  });
  const sure = typed.trim() === apiKey.name;
  return (
    <Dialog title="Revoke a key" onClose={onClose}>
      <form
        className={form.plain}
        onSubmit={(event) => {
          event.preventDefault();
          if (sure) revoke.mutate();
        }}
      >
        <p>
          Whoever uses{" "}
          <b>
            <SafeText text={apiKey.name} />
          </b>{" "}
          (<code>{apiKey.hint}</code>) is refused from then on. This cannot be undone.
        </p>
        <label className={form.field}>
          Type its name
          <input
            className={form.input}
            value={typed}
            data-autofocus
            autoComplete="off"
            onChange={({ target }) => setTyped(target.value)}
          />
        </label>
        {revoke.error && (
          <p role="alert" className={form.problem}>
            It was not revoked: {revoke.error.message}
          </p>
        )}
        <Button type="submit" look="primary" disabled={!sure || revoke.isPending}>
          Revoke
        </Button>
      </form>
    </Dialog>
  );
}
