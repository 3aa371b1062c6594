import { useEffect, useState, type ComponentType, type ReactNode } from "react";

/** The code of a part did not arrive: the network is gone, or the server is of another version by now. */
export class NotLoaded extends Error {
  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** A component whose code comes when it is first drawn, or before, when asked; until then `waiting` stands in its place.
    Unlike React's lazy it is drawn as soon as the code is there: React holds back for 300 ms what follows a fallback. What
    cannot be loaded throws NotLoaded as it is drawn, and is tried again when it is drawn anew.
    @returns the component, and what loads it ahead of its use */
export function early<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
  waiting: (props: Props) => ReactNode = () => null,
): [ComponentType<Props>, () => Promise<void>] {
  let found: ComponentType<Props> | null = null;
  const get = async () => (found ??= await load());
  function Early(props: Props) {
    const [Shown, show] = useState<ComponentType<Props> | null>(() => found);
    const [failed, fail] = useState<NotLoaded | null>(null);
    useEffect(() => {
      let gone = false;
      if (!Shown)
        get().then(
          (component) => gone || show(() => component),
          (cause: unknown) => gone || fail(new NotLoaded(cause)),
        );
      return () => {
        gone = true;
      };
    }, [Shown]);
    if (failed) throw failed;
    return Shown ? <Shown {...props} /> : waiting(props);
  }
  // What fails to load ahead tells of it when it is used.
  return [Early, () => get().then(noop, noop)];
}

function noop() {}
