import { act, cleanup, render, screen } from "@testing-library/react";
import type { ComponentType } from "react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { early } from "../src/lib/early";
import { Boundary } from "../src/parts/Boundary";

const Page: ComponentType<{ name: string }> = ({ name }) => <p>{name} is here</p>;
const text = () => document.body.textContent;
const settled = () => act(async () => Promise.resolve());

beforeEach(() => {
  vi.spyOn(console, "error").mockImplementation(() => undefined); // React tells of every error that it hands to a boundary
});
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

test("something stands in for a part until its code is there, and then nothing does", async () => {
  const [Early] = early(
    () => Promise.resolve(Page),
    ({ name }) => <p>{name} comes</p>,
  );
  render(<Early name="It" />);
  expect(text()).toBe("It comes");
  await settled();
  expect(text()).toBe("It is here");
});

test("what was loaded ahead is drawn at once", async () => {
  const load = vi.fn(() => Promise.resolve(Page));
  const [Early, ahead] = early(load);
  await ahead();
  render(<Early name="It" />);
  expect(text()).toBe("It is here");
  expect(load).toHaveBeenCalledTimes(1);
});

test("code that does not arrive is told of in its place, and comes when it is asked for again", async () => {
  const load = vi.fn((): Promise<typeof Page> => Promise.reject(new TypeError("Failed to fetch")));
  const [Early, ahead] = early(load);
  await ahead(); // says nothing yet
  render(
    <>
      <nav>Pages</nav>
      <Boundary what="This page" at="/logs">
        <Early name="It" />
      </Boundary>
    </>,
  );
  await settled();
  expect(text()).toContain("Pages");
  expect(screen.getByRole("alert").textContent).toContain("This page could not be loaded.");
  expect(screen.getByRole("alert").textContent).toContain("Failed to fetch");
  expect(screen.getByRole("button", { name: "Reload the dashboard" })).toBeDefined();
  load.mockImplementation(() => Promise.resolve(Page));
  act(() => screen.getByRole("button", { name: "Retry" }).click());
  await settled();
  expect(text()).toBe("PagesIt is here");
});

test("what cannot be drawn fails for itself, and is left by going elsewhere", () => {
  const Bad = ({ bad }: { bad: boolean }) => {
    if (bad) throw new Error("a body nobody foresaw");
    return <p>fine</p>;
  };
  const page = (at: string, bad: boolean) => (
    <>
      <nav>Pages</nav>
      <Boundary what="This tab" at={at}>
        <Bad bad={bad} />
      </Boundary>
    </>
  );
  const { rerender } = render(page("one", true));
  expect(text()).toContain("PagesThis tab could not be shown.");
  expect(screen.queryByRole("button", { name: "Reload the dashboard" })).toBeNull();
  rerender(page("one", false));
  expect(text()).toContain("could not be shown");
  rerender(page("two", false));
  expect(text()).toBe("Pagesfine");
});
