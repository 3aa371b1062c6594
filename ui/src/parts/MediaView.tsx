import { useState } from "react";
import type { Part } from "../lib/chat";
import { hostOf, isSafeDataAudio, isSafeDataImage } from "../lib/links";
import { Button } from "../ui/Button";
import { CodeBlock } from "../ui/CodeBlock";
import { Dialog } from "../ui/Dialog";
import { SafeText } from "../ui/SafeText";
import { ClippedText } from "./ClippedText";
import styles from "./MediaView.module.css";

const TEXT_LINES = 12;
/** Of a picture that is text, such as SVG. */
const SHOWN_MAX = 400;

/** What is in the body itself is shown or played; what is elsewhere is fetched only when asked, each time. */
export function MediaView({ part }: { part: Extract<Part, { kind: "media" }> }) {
  const { url, label, text } = part;
  return (
    <>
      <Bytes part={part} />
      {!(url && isSafeDataImage(url)) && (
        <p className={styles.line}>
          <span className={styles.chip}>
            <SafeText text={label} />
          </span>
        </p>
      )}
      {text && <ClippedText text={text} lines={TEXT_LINES} />}
    </>
  );
}

function Bytes({ part: { url, type } }: { part: Extract<Part, { kind: "media" }> }) {
  if (!url) return null;
  if (isSafeDataImage(url)) return <Picture url={url} />;
  if (isSafeDataAudio(url)) {
    return <audio controls preload="metadata" src={url} className={styles.audio} aria-label="Audio" />;
  }
  const host = hostOf(url);
  if (host && /^https?:/i.test(url)) return <Remote url={url} host={host} />;
  return type === "image" ? <CodeBlock code={url.slice(0, SHOWN_MAX)} label="Image as text" /> : null;
}

/** A picture by its thumbnail; a click shows it in full. */
function Picture({ url }: { url: string }) {
  const [full, setFull] = useState(false);
  return (
    <>
      <button
        type="button"
        className={styles.thumb}
        aria-label="Show the picture in full"
        onClick={() => setFull(true)}
      >
        <img src={url} alt="In the message" />
      </button>
      {full && (
        <Dialog title="Picture" onClose={() => setFull(false)}>
          <img src={url} alt="In the message" className={styles.full} />
          <a href={url} download={`picture.${extensionOf(url)}`} className={styles.save}>
            Save
          </a>
        </Dialog>
      )}
    </>
  );
}

/** The policy keeps this page from loading it: a tab of its own does, without a word of where from. */
function Remote({ url, host }: { url: string; host: string }) {
  const [sure, setSure] = useState(false);
  return (
    <p className={styles.line}>
      {sure ? (
        <>
          <a href={url} target="_blank" rel="noopener noreferrer" title={url} onClick={() => setSure(false)}>
            Open <SafeText text={host} /> in a new tab
          </a>
          <span>It will see your address.</span>
          <Button look="quiet" onClick={() => setSure(false)}>
            No
          </Button>
        </>
      ) : (
        <Button icon="open" title={url} onClick={() => setSure(true)}>
          Load from <SafeText text={host} />
        </Button>
      )}
    </p>
  );
}

function extensionOf(url: string): string {
  return /^data:image\/(\w+)/i.exec(url)?.[1] ?? "png";
}
