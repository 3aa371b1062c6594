import { useEffect, useEffectEvent, useState, type ReactNode } from "react";
import { ApiError } from "../api/client";
import { Button } from "../ui/Button";
import styles from "./ErrorBox.module.css";

interface Props {
  /** What failed, as a sentence: "The logs could not be loaded." */
  title: string;
  error: Error;
  onRetry?: () => void;
  /** Where there is little room. */
  small?: boolean;
  /** Further ways on. */
  children?: ReactNode;
}

/** A failure in its own box: one sentence, a way on, and the details for whoever wants them. */
export function ErrorBox({ title, error, onRetry, small = false, children }: Props) {
  const status = error instanceof ApiError ? error.status : null;
  const wait =
    error instanceof ApiError && (status === 429 || status === 503) ? (error.retryAfter ?? 5) : null;
  return (
    <div className={small ? styles.small : styles.box} role="alert">
      <p className={styles.title}>{title}</p>
      {status === 403 && <p>{error.message}</p>}
      <details>
        <summary>Details</summary>
        <p className={styles.details}>
          {status ? `Status ${status}. ` : ""}
          {error.message}
          {error instanceof ApiError && error.requestId && ` Request ${error.requestId}.`}
        </p>
      </details>
      {onRetry &&
        (wait === null ? (
          <Button onClick={onRetry}>Retry</Button>
        ) : (
          <Countdown error={error} seconds={wait} onRetry={onRetry} />
        ))}
      {children}
    </div>
  );
}

/** Retries by itself when the time the server asked for has passed. */
function Countdown({ error, seconds, onRetry }: { error: Error; seconds: number; onRetry: () => void }) {
  const [left, setLeft] = useState(seconds);
  const [since, setSince] = useState(error);
  // Refused again: it counts anew.
  if (since !== error) {
    setSince(error);
    setLeft(seconds);
  }
  const tick = useEffectEvent(() => (left > 1 ? setLeft(left - 1) : onRetry()));
  useEffect(() => {
    const timer = setTimeout(() => tick(), 1000);
    return () => clearTimeout(timer);
  }, [left, since]);
  return <Button onClick={onRetry}>Retry now (in {left} s)</Button>;
}
