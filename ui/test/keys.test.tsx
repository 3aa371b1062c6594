import { cleanup, render } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { keyLabel, shortcutsNow, useShortcuts, type Place } from "../src/parts/shortcuts";
import { setKeyChoice, useKeysAhead } from "../src/ui/useKeys";

afterEach(() => {
  cleanup();
  setKeyChoice({ off: false, other: {} });
});

function Bound({ place, keys, run }: { place: Place; keys: string[]; run: () => unknown }) {
  useShortcuts(place, [{ keys, does: `${place} ${keys.join()}`, run }]);
  return <input />;
}

function press(key: string, more: KeyboardEventInit = {}, target: EventTarget = document.body) {
  target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more }));
}

test("the innermost place has the key, wherever it was mounted, unless it lets it go", () => {
  const [page, panel] = [vi.fn(), vi.fn<() => unknown>()];
  render(
    <>
      <Bound place="panel" keys={["x"]} run={panel} />
      <Bound place="page" keys={["x"]} run={page} />
    </>,
  );
  press("x");
  expect([panel.mock.calls.length, page.mock.calls.length]).toEqual([1, 0]);
  panel.mockReturnValue(false);
  press("x");
  expect([panel.mock.calls.length, page.mock.calls.length]).toEqual([2, 1]);
});

test("a key after its prefix is not the key alone", () => {
  const [alone, chord] = [vi.fn(), vi.fn()];
  render(
    <>
      <Bound place="list" keys={["l"]} run={alone} />
      <Bound place="anywhere" keys={["g l"]} run={chord} />
    </>,
  );
  press("g");
  press("l");
  press("l");
  expect([alone.mock.calls.length, chord.mock.calls.length]).toEqual([1, 1]);
});

test("text fields have their letters, but not Ctrl+K", () => {
  const [letter, command] = [vi.fn(), vi.fn()];
  const { container } = render(
    <>
      <Bound place="page" keys={["k"]} run={letter} />
      <Bound place="anywhere" keys={["Mod+k"]} run={command} />
    </>,
  );
  const field = container.querySelector("input") as HTMLElement;
  press("k", {}, field);
  press("k", { ctrlKey: true }, field);
  expect([letter.mock.calls.length, command.mock.calls.length]).toEqual([0, 1]);
});

test("single keys can be switched off, and given to others", () => {
  const run = vi.fn();
  render(<Bound place="page" keys={["j", "Escape"]} run={run} />);
  setKeyChoice({ off: true, other: {} });
  press("j");
  expect(run).toHaveBeenCalledTimes(0);
  press("Escape");
  expect(run).toHaveBeenCalledTimes(1);
  setKeyChoice({ off: false, other: { j: "n" } });
  press("n");
  expect(run).toHaveBeenCalledTimes(2);
  press("j");
  expect(run).toHaveBeenCalledTimes(2);
});

test("what is mounted is listed, and what is gone is not", () => {
  const { unmount } = render(<Bound place="trace" keys={["w", "s"]} run={vi.fn()} />);
  expect(shortcutsNow().map(({ place, shortcuts }) => [place, shortcuts[0]?.does])).toEqual([
    ["trace", "trace w,s"],
  ]);
  unmount();
  expect(shortcutsNow()).toEqual([]);
});

test.each([
  ["j", "j"],
  ["J", "Shift+J"],
  ["?", "?"],
  ["Shift+ArrowUp", "Shift+↑"],
  ["Alt+ArrowLeft", "Alt+←"],
  ["g l", "g l"],
  ["Mod+k", "Ctrl+K"],
])("%s is printed %s", (name, label) => {
  expect(keyLabel(name)).toBe(label);
});

function Waiting({ on }: { on: boolean }) {
  useKeysAhead(on);
  return null;
}

test("keys pressed before their place is there wait for it, in order", async () => {
  vi.useFakeTimers();
  const heard: string[] = [];
  const says = (name: string) => () => heard.push(name);
  const { rerender } = render(
    <>
      <Waiting on />
      <Bound place="anywhere" keys={["y"]} run={() => undefined} />
    </>,
  );
  press("j");
  press("x");
  press("Tab");
  rerender(
    <>
      <Waiting on={false} />
      <Bound place="list" keys={["x"]} run={says("x")} />
      <Bound place="list" keys={["j"]} run={says("j")} />
    </>,
  );
  await vi.runAllTimersAsync();
  expect(heard).toEqual(["j", "x"]);
  press("x");
  expect(heard).toEqual(["j", "x", "x"]);
  vi.useRealTimers();
});

test("Escape takes back what was pressed ahead", async () => {
  vi.useFakeTimers();
  const run = vi.fn();
  const { rerender } = render(
    <>
      <Waiting on />
      <Bound place="page" keys={["Escape"]} run={() => false} />
    </>,
  );
  press("j");
  press("Escape");
  rerender(<Bound place="list" keys={["j"]} run={run} />);
  await vi.runAllTimersAsync();
  expect(run).not.toHaveBeenCalled();
  vi.useRealTimers();
});
