import { PlainPage } from "../parts/PlainPage";

export default function TracesPage() {
  return (
    <PlainPage title="Traces">
      <p>This page is not built yet.</p>
    </PlainPage>
  );
}
