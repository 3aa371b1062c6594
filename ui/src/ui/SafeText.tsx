import { pieces } from "../lib/hostile";
import styles from "./SafeText.module.css";

/** Text from a log: hidden characters are shown as marks. Every string a log holds goes through here. */
export function SafeText({ text }: { text: string }) {
  return pieces(text).map((piece, index) =>
    piece.hidden ? (
      <span key={index} className={styles.hidden} title={piece.hidden}>
        {piece.text}
      </span>
    ) : (
      piece.text
    ),
  );
}
