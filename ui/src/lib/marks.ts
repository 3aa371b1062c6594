/** A text and the places in it that were searched for, [start, end) in code points. */

export interface MarkedText {
  text: string;
  marks: [start: number, end: number][];
}

/** The same from shortly before the first place on, so that it is seen where there is little room. */
export function fromFirstMark({ text, marks }: MarkedText, lead: number): MarkedText {
  const first = Math.min(...marks.map(([start]) => start));
  if (!Number.isFinite(first) || first <= lead) return { text, marks };
  const cut = first - lead;
  // The mark of what was left out is one code point.
  const shift = cut - 1;
  return {
    text: `…${Array.from(text).slice(cut).join("")}`,
    marks: marks.map(([start, end]) => [start - shift, end - shift]),
  };
}
