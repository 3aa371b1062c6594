import { useCallback, useState } from "react";

/** Rows that the reader has marked, to compare or to count. */
export function useMarks() {
  const [marked, setMarked] = useState<ReadonlySet<string>>(new Set<string>());
  const toggle = useCallback((id: string) => {
    setMarked((before) => {
      const after = new Set(before);
      if (!after.delete(id)) after.add(id);
      return after;
    });
  }, []);
  const mark = useCallback((...ids: string[]) => setMarked((before) => new Set([...before, ...ids])), []);
  const clear = useCallback(() => setMarked(new Set<string>()), []);
  return { marked, toggle, mark, clear };
}
