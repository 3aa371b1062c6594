import { PlainPage } from "../parts/PlainPage";

export default function FeedbackPage() {
  return (
    <PlainPage title="Feedback">
      <p>This page is not built yet.</p>
    </PlainPage>
  );
}
