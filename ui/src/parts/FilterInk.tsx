import type { Piece } from "../lib/query/lex";
import type { Place } from "../lib/query/syntax";
import styles from "./FilterField.module.css";

interface Props {
  text: string;
  pieces: Piece[];
  fault: Place | null;
}

/** The text of the filter as it is seen: the field above it shows only caret and selection. */
export function FilterInk({ text, pieces, fault }: Props) {
  const inked = pieces.map((piece, index) => {
    const before = text.slice(pieces[index - 1]?.end ?? 0, piece.start);
    return (
      <span key={piece.start}>
        {before}
        <span className={styles[piece.kind]}>
          {piece.kind === "filter" && (
            <>
              {text.slice(piece.start, piece.nameStart)}
              <span className={styles.name}>{text.slice(piece.nameStart, piece.nameEnd + 1)}</span>
            </>
          )}
          {text.slice(piece.kind === "filter" ? piece.nameEnd + 1 : piece.start, piece.end)}
        </span>
      </span>
    );
  });
  return (
    <>
      <span className={styles.ink}>{inked}</span>
      {fault && (
        <span className={styles.fault}>
          {text.slice(0, fault.start)}
          <u>{text.slice(fault.start, fault.end) || " "}</u>
        </span>
      )}
    </>
  );
}
