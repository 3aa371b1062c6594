import { useEffect, useState } from "react";

/** `from` (ms), and while `on` the time of now, anew every `ms`. */
export function useTick(from: number, on: boolean, ms = 10_000): number {
  const [now, setNow] = useState(from);
  useEffect(() => {
    if (!on) return;
    const timer = setInterval(() => setNow(Date.now()), ms);
    return () => clearInterval(timer);
  }, [on, ms]);
  return Math.max(from, now);
}
