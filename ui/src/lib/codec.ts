/** A page's state and its URL: what a link says is what its reader sees. */

/** A part of a URL that cannot be used; `at` names the parameter whose control shows it, or "time". */
export interface Problem {
  at: string;
  message: string;
}

/** One part of a state: how it is found in the parameters, and how it is put there. */
export interface Part<Value> {
  /** What is not said; it is not written either. */
  initial: Value;
  /** `undefined`: what is there cannot be used. */
  read: (params: URLSearchParams, name: string) => Value | undefined;
  write: (params: URLSearchParams, name: string, value: Value) => void;
}

export interface Codec<State> {
  defaults: State;
  read: (search: string) => { state: State; problems: Problem[] };
  /** "?q=…", or "" for the default state. Parts that are left out are as by default. */
  write: (state: Partial<State>) => string;
}

// `any` lets each part keep its own type; State below has them all.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Parts = Record<string, Part<any>>;
type StateOf<P extends Parts> = { [Name in keyof P]: P[Name]["initial"] };

/** `check` finds what is wrong with parts that are well-formed one by one. */
export function codec<P extends Parts>(
  parts: P,
  check: (state: StateOf<P>) => Problem[] = () => [],
): Codec<StateOf<P>> {
  const names = Object.keys(parts);
  const part = (name: string) => parts[name] as Part<unknown>;
  const defaults = Object.fromEntries(names.map((name) => [name, part(name).initial])) as StateOf<P>;
  return {
    defaults,
    read: (search) => {
      const params = new URLSearchParams(search);
      const problems: Problem[] = [];
      const values = names.map((name) => {
        const value = part(name).read(params, name);
        if (value !== undefined) return [name, value] as const;
        problems.push({ at: name, message: `“${params.get(name) ?? ""}” cannot be used as “${name}”.` });
        return [name, part(name).initial] as const;
      });
      const state = Object.fromEntries(values) as StateOf<P>;
      return { state, problems: [...problems, ...check(state)] };
    },
    write: (state) => {
      const params = new URLSearchParams();
      for (const name of names) part(name).write(params, name, name in state ? state[name] : defaults[name]);
      const text = params.toString();
      return text && `?${text}`;
    },
  };
}

function single<Value>(
  initial: Value,
  read: (text: string) => Value | undefined,
  write: (value: Value) => string = String,
): Part<Value> {
  return {
    initial,
    read: (params, name) => {
      const text = params.get(name);
      return text === null ? initial : read(text);
    },
    write: (params, name, value) => {
      if (value !== initial && value !== null) params.set(name, write(value));
    },
  };
}

/** Any text. */
export const text = (initial = ""): Part<string> => single(initial, (value) => value);

/** Any text, or nothing. */
export const optional = (): Part<string | null> => single<string | null>(null, (value) => value);

/** One of few words. */
export const choice = <Word extends string>(words: readonly Word[], initial: NoInfer<Word>): Part<Word> =>
  single(initial, (value) => words.find((word) => word === value));

/** One of few words, or nothing. */
export const optionalChoice = <Word extends string>(words: readonly Word[]): Part<Word | null> =>
  single<Word | null>(null, (value) => words.find((word) => word === value));

/** On, or off as by default: "1". */
export const flag = (): Part<boolean> =>
  single(
    false,
    (value) => (value === "1" ? true : value === "0" ? false : undefined),
    () => "1",
  );

/** A whole number from `min` on. */
export const whole = (initial: number, min = 0): Part<number> =>
  single(initial, (value) => (/^\d{1,9}$/.test(value) && Number(value) >= min ? Number(value) : undefined));

/** Names in an order, or nothing. A comma or a percent sign in a name is escaped. */
export const names = (): Part<string[] | null> =>
  single<string[] | null>(
    null,
    (value) => value.split(",").map(unescapeName),
    (value) => (value ?? []).map(escapeName).join(","),
  );

function escapeName(name: string): string {
  return name.replaceAll("%", "%25").replaceAll(",", "%2C");
}

function unescapeName(name: string): string {
  return name.replaceAll("%2C", ",").replaceAll("%25", "%");
}
