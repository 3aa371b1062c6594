import { PlainPage } from "../parts/PlainPage";

export default function TracePage() {
  return (
    <PlainPage title="Trace">
      <p>This page is not built yet.</p>
    </PlainPage>
  );
}
