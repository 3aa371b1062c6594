import { PlainPage } from "../parts/PlainPage";

export default function KeysPage() {
  return (
    <PlainPage title="Keys">
      <p>This page is not built yet.</p>
    </PlainPage>
  );
}
