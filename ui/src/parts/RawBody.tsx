import { useEffect, useState } from "react";
import type { Json } from "../lib/json";
import { isBigToWrite, writeJson } from "../lib/json-text";
import { CodeBlock } from "../ui/CodeBlock";
import { SLICED_FROM, SlicedText } from "../ui/SlicedText";

/** A body as text; a long one a window at a time. */
export function RawBody({ side, body }: { side: string; body: Json }) {
  const text = useWritten(body);
  const label = `Raw ${side} body`;
  if (text === null) return <p role="status">Writing…</p>;
  if (text.length > SLICED_FROM) return <SlicedText text={text} label={label} />;
  return <CodeBlock code={text} label={label} />;
}

/** Null while it is being written. */
function useWritten(body: Json): string | null {
  const [written, setWritten] = useState<{ of: Json; text: string } | null>(() =>
    typeof body === "string"
      ? { of: body, text: body }
      : isBigToWrite(body)
        ? null
        : { of: body, text: JSON.stringify(body, null, 2) },
  );
  const done = written?.of === body;
  useEffect(() => {
    if (done) return;
    const stop = new AbortController();
    void writeJson(body, stop.signal).then((text) => {
      if (!stop.signal.aborted) setWritten({ of: body, text });
    });
    return () => stop.abort();
  }, [body, done]);
  return done ? written.text : null;
}
