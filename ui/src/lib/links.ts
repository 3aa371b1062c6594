/** The host a URL leads to, or null if it is none that a browser may open. */
export function hostOf(url: string): string | null {
  try {
    const { protocol, host, pathname } = new URL(url);
    if (protocol === "mailto:") return pathname;
    return protocol === "https:" || protocol === "http:" ? host : null;
  } catch {
    return null;
  }
}

/** A picture in the text itself, of a kind that decodes without running anything. SVG is shown as text. */
export function isSafeDataImage(url: string): boolean {
  return /^data:image\/(png|jpe?g|gif|webp|avif);base64,[A-Za-z0-9+/=\s]*$/i.test(url);
}

/** Sound in the text itself, of a kind that browsers play. */
export function isSafeDataAudio(url: string): boolean {
  return /^data:audio\/(wav|x-wav|wave|mpeg|mp3|mp4|m4a|aac|ogg|opus|flac|webm);base64,/i.test(url);
}
