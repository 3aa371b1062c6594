"""The real program in a subprocess, and the little of HTTP that tests need to speak to it.

Promises that what it starts is ended, and that nothing of the caller's environment or directory leaks into it.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import httpx

SOURCE = Path(__file__).parents[2] / "src"
DEADLINE_SECONDS = 60.0  # of whatever is waited for; reached only when it never comes
_LISTENS = re.compile(r"listens at (http://\S+)")
_FLAGS = frozenset(("host", "port", "auth"))  # every other setting goes by --set
_T = TypeVar("_T")


def environment(**extra: str) -> dict[str, str]:
    """Ours without PORTLOG_*, with our sources on the path."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("PORTLOG_")}
    plain.pop("PYTHONDONTWRITEBYTECODE", None)  # it would make every start compile everything
    return plain | {"PYTHONPATH": str(SOURCE), "PYTHONUNBUFFERED": "1"} | extra


def portlog(*words: str | Path, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Run one command of the program to its end, in the directory `cwd`."""
    return subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "portlog", *map(str, words)],
        cwd=cwd, env=environment(**env), capture_output=True, text=True, timeout=DEADLINE_SECONDS, check=False,
    )  # fmt: skip


def until(answer: Callable[[], _T], *, seconds: float = DEADLINE_SECONDS, every: float = 0.01) -> _T:
    """Ask again and again, `every` so many seconds, until the answer is true, and return it; fail when it never is."""
    deadline = time.monotonic() + seconds
    while not (found := answer()):
        assert time.monotonic() < deadline, f"waited {seconds} s in vain for {answer}"
        time.sleep(every)
    return found


class Server:
    """`portlog serve` on a data directory.

    url       where it listens; of the running one
    data      its data directory
    process   the running one, or the last
    """

    def __init__(
        self, data: Path, flags: Mapping[str, Any], *, outputs: Path | None = None, started: bool = True
    ) -> None:
        """outputs  directory of the files that hold what it says; beside the data when not named"""
        self.data, self._flags, self._runs = data, {"port": 0, **flags}, 0
        self._outputs = outputs or data.parent
        self.url = ""
        self.process: subprocess.Popen[bytes]
        if started:
            self.start()

    @property
    def words(self) -> list[str]:
        """The command line behind `portlog`."""
        words = ["serve", "--data", str(self.data)]
        for name, value in self._flags.items():
            words += [f"--{name}", str(value)] if name in _FLAGS else ["--set", f"{name}={value}"]
        return words

    def start(self) -> None:
        """Start it and wait until it says where it listens."""
        self._runs += 1
        with self._output("out").open("wb") as out, self._output("err").open("wb") as err:
            self.process = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-m", "portlog", *self.words],
                cwd=self.data.parent, env=environment(), stdout=out, stderr=err, stdin=subprocess.DEVNULL,
            )  # fmt: skip
        try:
            self.url = until(self._listening)
        except BaseException:
            self.kill()
            raise

    def _listening(self) -> str:
        found = _LISTENS.search(self.printed)
        assert found or self.process.poll() is None, f"it ended with {self.process.returncode}: {self.events}"
        return found[1] if found else ""

    def _output(self, kind: str) -> Path:
        return self._outputs / f"{self.data.name}.{self._runs}.{kind}"

    @property
    def printed(self) -> str:
        """What this run has printed so far."""
        return self._output("out").read_text()

    @property
    def events(self) -> str:
        """What this run has said on standard error so far."""
        return self._output("err").read_text()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal, wait for the end and return the exit status; of the last run, when it has ended."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(DEADLINE_SECONDS)

    def kill(self) -> None:
        """`kill -9`."""
        self.stop(signal.SIGKILL)

    def restart(self) -> None:
        """Stop it and start it again on the same data."""
        self.stop()
        self.start()

    # -- HTTP ----------------------------------------------------------------------------------------

    def get(self, path: str, **parameters: Any) -> Any:
        """The JSON of a question that must be answered with 200."""
        reply = httpx.get(f"{self.url}{path}", params=parameters, timeout=DEADLINE_SECONDS)
        assert reply.status_code == 200, (path, parameters, reply.text)
        return reply.json()

    def post(self, logs: Any, **headers: str) -> httpx.Response:
        """Post logs; the reply may be anything."""
        return httpx.post(f"{self.url}/v1/logs", json=logs, headers=headers, timeout=DEADLINE_SECONDS)

    def metric(self, name: str) -> float:
        """One number of `/metrics`."""
        text = httpx.get(f"{self.url}/metrics", timeout=DEADLINE_SECONDS).text
        found = re.search(rf"^{name}(?:_total)? (\S+)$", text, re.MULTILINE)
        assert found, f"{name} is not in {text}"
        return float(found[1])

    def settle(self) -> None:
        """Wait until everything durable is in the store, as long as it comes nearer."""
        applied = -1.0
        while (moved := self.metric("portlog_applied_seq")) != self.metric("portlog_wal_durable_seq"):
            if moved == applied:
                until(lambda: self.metric("portlog_applied_seq") != moved)  # noqa: B023 - called at once
            applied = moved

    def rows(self, **parameters: Any) -> Iterator[dict[str, Any]]:
        """Every row of a list, page by page."""
        cursor: dict[str, str] = {}
        while True:
            page = self.get("/v1/logs", page_size=1000, include_total="false", **cursor, **parameters)
            yield from page["data"]
            if not page["has_more"]:
                return
            cursor = {"cursor": page["next_cursor"]}


def log(trace_id: str = "", text: str = "hello", **fields: Any) -> dict[str, Any]:
    """A small log as a client sends it; `trace_id` names it when it is looked for."""
    request = {"url": "https://api.openai.com/v1/chat/completions", "provider": "openai",
               "body": {"model": "gpt-4o", "messages": [{"role": "user", "content": text}]}}  # fmt: skip
    response = {"status": 200, "response_time": 12,
                "body": {"model": "gpt-4o", "choices": [{"message": {"role": "assistant", "content": text}}]}}  # fmt: skip
    return {"request": request, "response": response, **({"trace_id": trace_id} if trace_id else {}), **fields}


def logs(names: Sequence[str], text: str = "hello") -> list[dict[str, Any]]:
    """One log a name."""
    return [log(name, text) for name in names]
