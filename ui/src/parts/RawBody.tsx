import { useMemo } from "react";
import type { Json } from "../lib/json";
import { CodeBlock } from "../ui/CodeBlock";
import { SLICED_FROM, SlicedText } from "../ui/SlicedText";

/** A body as text; a long one a window at a time. */
export function RawBody({ side, body }: { side: string; body: Json }) {
  const text = useMemo(() => (typeof body === "string" ? body : JSON.stringify(body, null, 2)), [body]);
  const label = `Raw ${side} body`;
  if (text.length > SLICED_FROM) return <SlicedText text={text} label={label} />;
  return <CodeBlock code={text} label={label} />;
}
