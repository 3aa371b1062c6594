import { lazy, useState, type ComponentType } from "react";

/** As React's lazy, but what was loaded before is drawn at once: lazy shows its fallback even then, and React holds back for
    300 ms what follows a fallback.
    @returns the component, and what loads it ahead of its use */
export function early<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
): [ComponentType<Props>, () => void] {
  let found: ComponentType<Props> | null = null;
  const get = async () => (found ??= await load());
  const Late = lazy(async () => ({ default: await get() }));
  function Early(props: Props) {
    const [Shown] = useState<ComponentType<Props>>(() => found ?? Late);
    return <Shown {...props} />;
  }
  // What fails to load ahead is tried again when it is used, and tells of it then.
  return [Early, () => void get().catch(() => undefined)];
}
