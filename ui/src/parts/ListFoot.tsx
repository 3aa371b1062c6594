import { ErrorBox } from "./ErrorBox";
import styles from "./ListFoot.module.css";

interface Props {
  list: {
    hasNextPage: boolean;
    error: Error | null;
    isFetchNextPageError: boolean;
    isFetchPreviousPageError: boolean;
    fetchNextPage: () => Promise<unknown>;
    fetchPreviousPage: () => Promise<unknown>;
  };
}

/** What comes after the last row. */
export function ListFoot({ list }: Props) {
  if (list.error && (list.isFetchNextPageError || list.isFetchPreviousPageError)) {
    const retry = list.isFetchNextPageError ? list.fetchNextPage : list.fetchPreviousPage;
    return (
      <ErrorBox title="More logs could not be loaded." error={list.error} onRetry={() => void retry()} />
    );
  }
  return <p className={styles.foot}>{list.hasNextPage ? "Loading more…" : "That is all."}</p>;
}
