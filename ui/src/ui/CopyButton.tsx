import { useEffect, useState } from "react";
import { copyText } from "../lib/clipboard";
import { announce } from "./announce";
import { Button } from "./Button";
import styles from "./CopyButton.module.css";

interface Props {
  /** What is copied, as "Copy {what}". */
  what: string;
  text: string | (() => string);
  /** Shows the name beside the icon. */
  named?: boolean;
}

const SHOWN_MS = 1500;

export function CopyButton({ what, text, named = false }: Props) {
  const [outcome, setOutcome] = useState<"copied" | "failed" | null>(null);
  useEffect(() => {
    if (!outcome) return;
    const timer = setTimeout(() => setOutcome(null), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [outcome]);

  const copy = async () => {
    const copied = await copyText(typeof text === "function" ? text() : text);
    setOutcome(copied ? "copied" : "failed");
    announce(copied ? `Copied ${what}` : "Copying is not allowed here");
  };
  const label = outcome === "failed" ? "Copying is not allowed here" : `Copy ${what}`;
  return (
    <Button
      look="quiet"
      icon={outcome === "copied" ? "check" : "copy"}
      className={named ? undefined : styles.small}
      aria-label={label}
      title={label}
      onClick={copy}
    >
      {named && (outcome === "copied" ? "Copied" : "Copy")}
    </Button>
  );
}
