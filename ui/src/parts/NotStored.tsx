/** Not "empty": the sender asked for it. */
export function NotStored() {
  return <p>Content not stored (do not track).</p>;
}
