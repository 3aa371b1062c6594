import { Link } from "wouter";
import { paths } from "../lib/paths";
import { PlainPage } from "../parts/PlainPage";

export default function MissingPage() {
  return (
    <PlainPage title="There is no such page">
      <p>
        <Link href={paths.logs()}>Go to the logs</Link>
      </p>
    </PlainPage>
  );
}
