import { PlainPage } from "../parts/PlainPage";

export default function ComparePage() {
  return (
    <PlainPage title="Compare">
      <p>This page is not built yet.</p>
    </PlainPage>
  );
}
