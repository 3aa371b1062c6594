import { useState } from "react";
import type { Part, Role, Source } from "../lib/chat";
import { parseMaybe, type Json } from "../lib/json";
import { hostOf } from "../lib/links";
import { formatCount } from "../lib/numbers";
import { JsonTree } from "../ui/JsonTree";
import { SafeText } from "../ui/SafeText";
import { ClippedText } from "./ClippedText";
import { MediaView } from "./MediaView";
import styles from "./PartView.module.css";
import { useExpanded } from "./reading";

const LINES_MAX = 40;
const SYSTEM_LINES_MAX = 6;

interface Props {
  part: Part;
  role: Role;
  /** Of the whole answer, where that is known. */
  reasoningTokens?: number | null;
}

export function PartView({ part, role, reasoningTokens = null }: Props) {
  switch (part.kind) {
    case "text":
      return <ClippedText text={part.text} lines={role === "system" ? SYSTEM_LINES_MAX : LINES_MAX} />;
    case "reasoning":
      return <Reasoning text={part.text} tokens={reasoningTokens} />;
    case "refusal":
      return (
        <p className={styles.refusal}>
          Refused: <SafeText text={part.text} />
        </p>
      );
    case "media":
      return <MediaView part={part} />;
    case "call":
      return <Call part={part} />;
    case "result":
      return <Result part={part} />;
    case "vector":
      return <Vector part={part} />;
    case "sources":
      return <Sources sources={part.sources} />;
    case "other":
      return <JsonTree value={part.value} label="Part of the message" />;
  }
}

/** Closed until asked for; its text is drawn only then. */
function Reasoning({ text, tokens }: { text: string; tokens: number | null }) {
  const expanded = useExpanded();
  const [open, setOpen] = useState(false);
  const shown = open || expanded;
  return (
    <details className={styles.thinking} open={shown} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Reasoning{tokens !== null && `, ${formatCount(tokens)} tokens`}</summary>
      {shown &&
        (text ? (
          <ClippedText text={text} lines={LINES_MAX} />
        ) : (
          <p className={styles.unsaid}>Its text was not given.</p>
        ))}
    </details>
  );
}

function Call({ part }: { part: Extract<Part, { kind: "call" }> }) {
  return (
    <div className={styles.call} data-call-id={part.id ?? undefined}>
      <p className={styles.callHead}>
        <code>
          <SafeText text={part.name} />
        </code>
        {part.id && <Jump to="result" id={part.id} />}
      </p>
      <Value value={part.args} label={`Arguments of ${part.name}`} />
    </div>
  );
}

function Result({ part }: { part: Extract<Part, { kind: "result" }> }) {
  return (
    <div className={styles.call} data-result-id={part.id ?? undefined}>
      <p className={styles.callHead}>
        <span>result{part.name && <SafeText text={` of ${part.name}`} />}</span>
        {part.id && <Jump to="call" id={part.id} />}
      </p>
      <Value value={part.value ?? parseMaybe(part.text)} label="Result" />
    </div>
  );
}

function Value({ value, label }: { value: Json; label: string }) {
  if (typeof value === "string") return <ClippedText text={value} lines={LINES_MAX} />;
  return <JsonTree value={value} label={label} />;
}

/** From a call to its result and back. */
function Jump({ to, id }: { to: "call" | "result"; id: string }) {
  return (
    <button
      type="button"
      className={styles.jump}
      title={`Go to the ${to}`}
      onClick={(event) => {
        const all = event.currentTarget.closest("ol")?.querySelectorAll<HTMLElement>(`[data-${to}-id]`) ?? [];
        const target = [...all].find((each) => each.dataset[`${to}Id`] === id);
        target?.scrollIntoView({ block: "center" });
        target?.querySelector<HTMLElement>("button")?.focus({ preventScroll: true });
      }}
    >
      <SafeText text={id} />
    </button>
  );
}

/** What an answer refers to; each says where it leads. */
function Sources({ sources }: { sources: Source[] }) {
  return (
    <ol className={styles.sources} aria-label="Sources">
      {sources.map(({ name, text, url }, index) => {
        const host = hostOf(url);
        return (
          <li key={index}>
            {host ? (
              <a href={url} target="_blank" rel="noopener noreferrer" title={url}>
                <SafeText text={name || url} />
              </a>
            ) : (
              <SafeText text={name || "Source"} />
            )}
            {host && name && (
              <span>
                {" "}
                (<SafeText text={host} />)
              </span>
            )}
            {text && (
              <q>
                <SafeText text={text} />
              </q>
            )}
          </li>
        );
      })}
    </ol>
  );
}

function Vector({ part }: { part: Extract<Part, { kind: "vector" }> }) {
  const { dimensions, norm, first } = part;
  if (dimensions === null) return <p className={styles.vector}>An embedding of a form that is not known.</p>;
  return (
    <p className={styles.vector}>
      {formatCount(dimensions)} dimensions{norm !== null && `, norm ${norm.toFixed(3)}`}
      <code>
        [{first.map((value) => value.toFixed(4)).join(", ")}
        {dimensions > first.length && ", …"}]
      </code>
    </p>
  );
}
