/** The one behind `now`, the first behind the last; the first also where `now` is none of them. */
export function next<T>(all: readonly [T, ...T[]], now: T): T {
  return all[(all.indexOf(now) + 1) % all.length] ?? all[0];
}
