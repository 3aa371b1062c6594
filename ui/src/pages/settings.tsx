import { PlainPage } from "../parts/PlainPage";

export default function SettingsPage() {
  return (
    <PlainPage title="Settings">
      <p>This page is not built yet.</p>
    </PlainPage>
  );
}
