import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { aboutQuery } from "../api/about";
import { Button } from "../ui/Button";
import styles from "./Shell.module.css";

const LOOK_AGAIN_MS = 300_000;

/** The server is another than the one this page came from. The reader reloads when it suits. */
export function NewVersion() {
  const { data: about } = useQuery({
    ...aboutQuery,
    refetchInterval: LOOK_AGAIN_MS,
    refetchOnWindowFocus: true,
  });
  const [first, setFirst] = useState<string | null>(null);
  if (about && first === null) setFirst(about.version);
  if (!about || first === null || about.version === first) return null;
  return (
    <div className={styles.version} role="status">
      The server is now version {about.version}.
      <Button onClick={() => location.reload()}>Reload for the new version</Button>
    </div>
  );
}
