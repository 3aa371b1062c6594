import { formatCount } from "../lib/numbers";
import { Button } from "../ui/Button";
import styles from "./ListStatus.module.css";

interface Props {
  total: number | null;
  news: { count: number; more: boolean; failed: boolean };
  onShowNew: () => void;
}

/** How many logs there are, and whether there are new ones. */
export function ListStatus({ total, news, onShowNew }: Props) {
  return (
    <div className={styles.status}>
      {news.failed && <span className={styles.failed}>Looking for new logs failed; trying again.</span>}
      {news.count > 0 && (
        <Button look="primary" onClick={onShowNew} title="Show new logs (.)">
          {formatCount(news.count)}
          {news.more && "+"} new {news.count === 1 ? "log" : "logs"}
        </Button>
      )}
      {total !== null && (
        <p className={styles.total}>
          <b>{formatCount(total)}</b> {total === 1 ? "log" : "logs"}
        </p>
      )}
    </div>
  );
}
