import { PlainPage } from "../parts/PlainPage";

export default function GroupsPage() {
  return (
    <PlainPage title="Groups">
      <p>This page is not built yet.</p>
    </PlainPage>
  );
}
