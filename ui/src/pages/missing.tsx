import { Link } from "wouter";
import { paths } from "../lib/paths";
import styles from "./plain.module.css";

export default function MissingPage() {
  return (
    <div className={styles.page}>
      <title>Not found · Portlog</title>
      <h1>There is no such page</h1>
      <p>
        <Link href={paths.logs()}>Go to the logs</Link>
      </p>
    </div>
  );
}
