import { PlainPage } from "../parts/PlainPage";

export default function AnalyticsPage() {
  return (
    <PlainPage title="Analytics">
      <p>This page is not built yet.</p>
    </PlainPage>
  );
}
