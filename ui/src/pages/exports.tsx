import { PlainPage } from "../parts/PlainPage";

export default function ExportsPage() {
  return (
    <PlainPage title="Exports">
      <p>This page is not built yet.</p>
    </PlainPage>
  );
}
