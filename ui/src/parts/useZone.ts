import { useSyncExternalStore } from "react";
import { currentZone, setZone, type Zone } from "../lib/zone";

const listeners = new Set<() => void>();

/** The zone of times, and how to change it; whoever shows times is drawn anew with it. */
export function useZone(): [Zone, (zone: Zone) => void] {
  const zone = useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, currentZone);
  return [zone, changeZone];
}

function changeZone(zone: Zone) {
  setZone(zone);
  for (const listener of listeners) listener();
}
