import { formatClock } from "../lib/time";
import { Button } from "../ui/Button";
import styles from "./LiveButton.module.css";
import type { LiveState } from "./useLiveTail";

interface Props {
  on: boolean;
  state: LiveState;
  /** ms, of "reconnecting". */
  since: number;
  /** Why it cannot be switched on; null when it can. */
  impossible: string | null;
  onToggle: () => void;
}

/** Live is a filled button with a steady dot; what is wrong with it, it says. */
export function LiveButton({ on, state, since, impossible, onToggle }: Props) {
  return (
    <Button
      look={on ? "primary" : "plain"}
      aria-pressed={on}
      disabled={!on && impossible !== null}
      title={impossible ?? "Show new logs as they come (l)"}
      onClick={onToggle}
    >
      <span aria-hidden="true" className={styles.dot} data-state={state}>
        {state === "live" ? "●" : "○"}
      </span>
      {sayState(on, state, since)}
    </Button>
  );
}

function sayState(on: boolean, state: LiveState, since: number): string {
  if (!on) return "Live";
  if (state === "reconnecting") return `Reconnecting since ${formatClock(new Date(since).toISOString())}`;
  return state === "paused" ? "Paused" : "Live";
}
