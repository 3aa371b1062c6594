import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useLocation } from "wouter";
import { ApiError } from "../api/client";
import { signIn } from "../api/about";
import { useSearchText } from "../lib/address";
import { safeNext } from "../lib/paths";
import { Button } from "../ui/Button";
import styles from "./plain.module.css";

/** Asks for an API key once; after that a cookie speaks, and the key is kept nowhere. */
export default function LoginPage() {
  const [key, setKey] = useState("");
  const [, navigate] = useLocation();
  const next = safeNext(new URLSearchParams(useSearchText()).get("next"));
  const client = useQueryClient();
  const entry = useMutation({
    mutationFn: signIn,
    onSuccess: () => {
      client.clear();
      navigate(next, { replace: true });
    },
  });
  return (
    <form
      className={styles.login}
      onSubmit={(event) => {
        event.preventDefault();
        entry.mutate(key.trim());
      }}
    >
      <title>Sign in · Portlog</title>
      <h1>Portlog</h1>
      <label>
        API key
        <input
          type="password"
          value={key}
          autoComplete="current-password"
          autoFocus
          aria-invalid={entry.isError}
          aria-describedby={entry.isError ? "login-problem" : undefined}
          onChange={(event) => setKey(event.target.value)}
        />
      </label>
      {entry.error && (
        <p id="login-problem" role="alert" className={styles.problem}>
          {sentence(entry.error)}
        </p>
      )}
      <Button type="submit" look="primary" disabled={key.trim() === "" || entry.isPending}>
        Sign in
      </Button>
      <p className={styles.note}>Signing in with a password is not there yet: a key is the way in.</p>
    </form>
  );
}

function sentence(error: Error): string {
  return error instanceof ApiError && error.status === 401 ? "This key is not known." : error.message;
}
