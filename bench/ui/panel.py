"""The panel: from the click on a log to its text, and the longest task on the page's main thread, by size of the body.

    cd ui && npm run build
    python bench/ui/panel.py --out bench/results/ui-panel.json

Two kinds of body: one long text, and many small values. Each is opened `--repeat` times on a fresh page of the list, tab
Chat, then its tree, then its raw text. Tasks are those that the browser itself reports (PerformanceObserver, `longtask`:
50 ms and more; 0 is none so long).
"""

from __future__ import annotations

import argparse
import http.client
import json
import sys
from pathlib import Path
from typing import Any

from browser import Page, browser, machine

import harness  # of the folder above, which browser.py names

# Times a click until the panel says what is looked for.
OPEN = """async (wanted) => {
  const began = performance.now();
  document.querySelector('[role=row][aria-rowindex="2"] [role=gridcell]').click();
  let header = null;
  for (;;) {
    const panel = document.querySelector('aside[aria-label=Log]');
    if (panel && header === null) header = performance.now() - began;
    if (panel?.querySelector('[role=tabpanel]')?.textContent.includes(wanted)) break;
    await new Promise((done) => setTimeout(done, 2));
  }
  return { header_ms: header, text_ms: performance.now() - began };
}"""


def body_of(kind: str, size: int) -> Any:
    """An answer of about `size` bytes as JSON."""
    if kind == "one text":
        return "\n".join(f"fact {number}: {'x' * 80}" for number in range(size // 92))
    return [{"type": "text", "text": f"fact {number}", "n": [number, number / 7, True]} for number in range(size // 65)]


def log_of(content: Any) -> dict[str, Any]:
    return {
        "request": {"url": "https://api.openai.com/v1/chat/completions", "provider": "openai",
                    "body": {"model": "gpt-4o", "messages": [{"role": "user", "content": "facts"}]}},
        "response": {"status": 200, "response_time": 5, "headers": {},
                     "body": {"model": "gpt-4o", "choices": [{"message": {"role": "assistant", "content": content}}]}},
    }  # fmt: skip


def send(server: harness.Server, body: bytes) -> None:
    connection = http.client.HTTPConnection(server.host, server.port, timeout=300)
    connection.request("POST", "/v1/logs", body, {"content-type": "application/json"})
    assert connection.getresponse().status == 200


def measured(opened: Any, url: str, repeat: int) -> dict[str, Any]:
    """Best of the repeats, for each figure by itself: other work only adds."""
    runs = []
    for _ in range(repeat):
        page = opened.new_page(viewport={"width": 1440, "height": 900})
        watched = Page(page, url)
        page.goto(f"{url}/ui/logs?from=all")
        page.locator("[role=row][aria-rowindex='2']").wait_for()
        page.wait_for_timeout(1000)
        run = {}
        page.evaluate("tasks.length = 0")
        run.update(page.evaluate(OPEN, "fact 1"))
        run["open_longest_task_ms"] = watched.longest_task_ms()
        page.keyboard.press("3")
        page.get_by_role("tree", name="Body of the response").wait_for()
        run["tree_longest_task_ms"] = watched.longest_task_ms()
        page.get_by_role("button", name="Raw", exact=True).click()
        page.get_by_role("region", name="Raw response body").wait_for()
        run["raw_longest_task_ms"] = watched.longest_task_ms()
        runs.append(run)
        page.close()
    return {name: round(min(run[name] for run in runs)) for name in runs[0]}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--sizes", default="1000000,20000000")
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    result: dict[str, Any] = {
        "command": "python bench/ui/panel.py " + " ".join(sys.argv[1:]),
        "machine": machine(),
        "bodies": {},
    }
    with harness.server() as server, browser() as opened:
        url, sent = f"http://{server.host}:{server.port}", 0
        for size in map(int, args.sizes.split(",")):
            for kind in ("one text", "many values"):
                post = json.dumps(log_of(body_of(kind, size))).encode()
                send(server, post)
                sent += 1
                while server.visible() < sent:
                    pass
                name = f"{size // 1_000_000} MB, {kind}"
                result["bodies"][name] = measured(opened, url, args.repeat)
                print(name, result["bodies"][name], flush=True)
    if args.out:
        args.out.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
