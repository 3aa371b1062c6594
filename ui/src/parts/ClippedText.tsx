import { useMemo, useState } from "react";
import { clipLines, countLines } from "../lib/clip";
import { early } from "../lib/early";
import { formatCount } from "../lib/numbers";
import { Button } from "../ui/Button";
import { SafeText } from "../ui/SafeText";
import { SLICED_FROM, SlicedText } from "../ui/SlicedText";
import styles from "./ClippedText.module.css";
import { useExpanded } from "./reading";

const [Markdown] = early(async () => (await import("../ui/Markdown")).default, PlainText);

/** Beyond this, Markdown would cost more time than it gives, and a part of a text is enough to begin with. */
const MARKDOWN_MAX = 100_000;

/** Text of a message as Markdown: the first lines, and all of it when asked. */
export function ClippedText({ text, lines }: { text: string; lines: number }) {
  const [asked, setAll] = useState(false);
  const expanded = useExpanded();
  const all = asked || expanded;
  const count = useMemo(() => countLines(text), [text]);
  // A line or two more than the limit are not worth a click.
  const clipped = !all && count > lines + 2;
  if (!clipped && text.length > SLICED_FROM) return <SlicedText text={text} label="Text of the message" />;
  const shown = clipped ? clipLines(text, lines) : text;
  return (
    <>
      {shown.length > MARKDOWN_MAX ? <PlainText text={shown} /> : <Markdown text={shown} />}
      {clipped && (
        <Button look="quiet" className={styles.more} onClick={() => setAll(true)}>
          Show all {formatCount(count)} lines
        </Button>
      )}
    </>
  );
}

function PlainText({ text }: { text: string }) {
  return (
    <p className={styles.plain}>
      <SafeText text={text} />
    </p>
  );
}
