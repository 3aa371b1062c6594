import type { Part, Role } from "../lib/chat/model";
import { parseMaybe, type Json } from "../lib/json";
import { hostOf, isSafeDataImage } from "../lib/links";
import { CodeBlock } from "../ui/CodeBlock";
import { Icon } from "../ui/icons";
import { JsonTree } from "../ui/JsonTree";
import { SafeText } from "../ui/SafeText";
import { ClippedText } from "./ClippedText";
import styles from "./PartView.module.css";

const LINES_MAX = 40;
const SYSTEM_LINES_MAX = 6;

export function PartView({ part, role }: { part: Part; role: Role }) {
  switch (part.kind) {
    case "text":
      return <ClippedText text={part.text} lines={role === "system" ? SYSTEM_LINES_MAX : LINES_MAX} />;
    case "thinking":
      return (
        <details className={styles.thinking}>
          <summary>Reasoning</summary>
          <ClippedText text={part.text} lines={LINES_MAX} />
        </details>
      );
    case "refusal":
      return (
        <p className={styles.refusal}>
          Refused: <SafeText text={part.text} />
        </p>
      );
    case "image":
      return <Image url={part.url} />;
    case "file":
      return (
        <p className={styles.file}>
          <SafeText text={part.label} />
        </p>
      );
    case "call":
      return <Call part={part} />;
    case "result":
      return <Result part={part} />;
    case "vector":
      return <Vector values={part.values} />;
    case "other":
      return <JsonTree value={part.value} label="Part of the message" />;
  }
}

/** A picture in the body is shown. One elsewhere is a link: loading it would tell its host who reads here. */
function Image({ url }: { url: string }) {
  if (isSafeDataImage(url)) return <img src={url} alt="In the message" className={styles.image} />;
  const host = hostOf(url);
  if (host) {
    return (
      <a
        href={url}
        target="_blank"
        rel="noopener noreferrer"
        className={styles.remote}
        title={`${url}\nOpens in a new tab. This page never loads foreign content.`}
      >
        Load from <SafeText text={host} />
        <Icon name="open" />
      </a>
    );
  }
  return <CodeBlock code={url.slice(0, 400)} label="Image as text" />;
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
      {part.parts.map((inner, index) =>
        inner.kind === "text" ? (
          <Value key={index} value={parseMaybe(inner.text)} label="Result" />
        ) : (
          <PartView key={index} part={inner} role="tool" />
        ),
      )}
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

const SHOWN_VALUES = 8;

function Vector({ values }: { values: number[] }) {
  const norm = Math.hypot(...values.slice(0, 100_000));
  const shown = values.slice(0, SHOWN_VALUES).map((value) => value.toFixed(4));
  return (
    <p className={styles.vector}>
      {values.length} dimensions, norm {norm.toFixed(3)}
      <code>
        [{shown.join(", ")}
        {values.length > SHOWN_VALUES && ", …"}]
      </code>
    </p>
  );
}
