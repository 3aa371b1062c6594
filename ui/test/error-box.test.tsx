import { act, cleanup, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ApiError } from "../src/api/client";
import { ErrorBox } from "../src/parts/ErrorBox";

const busy = () => new ApiError(503, "Too much at once.", null, 3);
const pass = (seconds: number) => {
  for (let second = 0; second < seconds; second += 1) {
    act(() => {
      vi.advanceTimersByTime(1000);
    });
  }
};

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

test("it retries when the server's time has passed, however often the page is drawn meanwhile", () => {
  const retried = vi.fn();
  const error = busy();
  const box = () => <ErrorBox title="No." error={error} onRetry={() => void retried()} />;
  const { rerender } = render(box());
  for (let half = 0; half < 5; half += 1) {
    act(() => {
      vi.advanceTimersByTime(500);
    });
    rerender(box());
  }
  expect(screen.getByRole("button", { name: "Retry now (in 1 s)" })).toBeDefined();
  expect(retried).not.toHaveBeenCalled();
  pass(1);
  expect(retried).toHaveBeenCalledTimes(1);
});

test("refused again, it counts anew", () => {
  const retried = vi.fn();
  const { rerender } = render(<ErrorBox title="No." error={busy()} onRetry={retried} />);
  pass(3);
  rerender(<ErrorBox title="No." error={busy()} onRetry={retried} />);
  expect(screen.getByRole("button", { name: "Retry now (in 3 s)" })).toBeDefined();
  pass(2);
  expect(retried).toHaveBeenCalledTimes(1);
  pass(1);
  expect(retried).toHaveBeenCalledTimes(2);
});
