"""What the benchmarks share: the real server in a process of its own, a raw-socket load, and figures out of /proc."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

TICK = os.sysconf("SC_CLK_TCK")
sys.path.insert(0, str(Path(__file__).parent))


@dataclass
class Server:
    process: subprocess.Popen[str]
    host: str
    port: int
    data: Path

    def cpu_seconds(self) -> float:
        """User and system time of the server since it started."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def memory_mb(self, name: str) -> int:
        """VmHWM is the peak, VmRSS what it holds now."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        match = re.search(rf"{name}:\s+(\d+)", status)
        assert match
        return int(match[1]) // 1024

    def get(self, path: str, **parameters: object) -> Any:
        connection = http.client.HTTPConnection(self.host, self.port, timeout=300)
        connection.request("GET", path + ("?" + urlencode(parameters) if parameters else ""))
        reply = connection.getresponse()
        body = reply.read()
        assert reply.status == 200, body[:300]
        return json.loads(body)

    def visible(self) -> int:
        """Logs that questions see."""
        return int(self.get("/v1/about")["logs"])

    def disk_bytes(self, part: str) -> int:
        return sum(f.stat().st_size for f in (self.data / part).rglob("*") if f.is_file())


@contextlib.contextmanager
def server(data: Path | None = None, *, keep: bool = False, settings: dict[str, object] | None = None) -> Iterator[Server]:
    """Start `portlog serve` on a free port over `data` (a fresh folder when left out); stop it at the end."""
    root = data or Path(tempfile.mkdtemp(prefix="portlog-bench-"))
    command = [sys.executable, "-m", "portlog", "serve", "--port", "0", "--data", str(root)]
    for name, value in (settings or {}).items():
        command += ["--set", f"{name}={value}"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    try:
        match = re.search(r"http://([^:]+):(\d+)", process.stdout.readline())
        assert match, "the server did not say where it listens"
        yield Server(process, match[1], int(match[2]), root)
    finally:
        process.terminate()
        process.wait(60)
        if not keep and data is None:
            shutil.rmtree(root, ignore_errors=True)


@dataclass
class Load:
    """How a load went."""

    seconds: float
    calls: int
    logs: int
    latencies_ms: list[float]
    statuses: dict[int, int] = field(default_factory=dict)

    def percentile(self, share: float) -> float:
        ranked = sorted(self.latencies_ms)
        return round(ranked[min(len(ranked) - 1, int(len(ranked) * share))], 2)


def bodies(lines: list[bytes], batch: int) -> list[bytes]:
    """POST bodies of `batch` logs each; a single log is sent as an object."""
    if batch == 1:
        return list(lines)
    return [b"[" + b",".join(lines[i : i + batch]) + b"]" for i in range(0, len(lines), batch)]


def post_all(host: str, port: int, posts: list[bytes], *, batch: int, connections: int, path: str = "/v1/logs") -> Load:
    """Send every body over keep-alive connections, each as fast as it is answered."""
    waiting = posts[::-1]
    load = Load(0.0, len(posts), 0, [])
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    template = head.encode()

    async def connection() -> None:
        reader, writer = await asyncio.open_connection(host, port)
        while waiting:
            body = waiting.pop()
            began = time.perf_counter()
            writer.write(template % len(body))
            writer.write(body)
            status = int((await reader.readline()).split()[1])
            length = 0
            while (line := await reader.readline()) != b"\r\n":
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            answer = await reader.readexactly(length)
            load.latencies_ms.append((time.perf_counter() - began) * 1000)
            load.statuses[status] = load.statuses.get(status, 0) + 1
            if status == 200:
                load.logs += batch
            elif status in (429, 503):
                waiting.append(body)
                await asyncio.sleep(0.2)
            else:
                raise RuntimeError(f"{status}: {answer[:300]!r}")
        writer.close()

    async def run() -> None:
        await asyncio.gather(*(connection() for _ in range(connections)))

    began = time.perf_counter()
    asyncio.run(run())
    load.seconds = time.perf_counter() - began
    return load


class Peak(threading.Thread):
    """Samples a server's memory until `stop`."""

    def __init__(self, watched: Server) -> None:
        super().__init__(daemon=True)
        self._server, self._stop_it = watched, threading.Event()
        self.rss_mb = 0

    def run(self) -> None:
        while not self._stop_it.wait(0.2):
            self.rss_mb = max(self.rss_mb, self._server.memory_mb("VmRSS"))

    def stop(self) -> int:
        self._stop_it.set()
        self.join()
        return self.rss_mb


@contextlib.contextmanager
def arriving(server: Server, posts: Iterator[bytes], batch: int, logs_a_second: int) -> Iterator[None]:
    """Meanwhile so many logs come in, by bodies of `batch` logs, one after the other; a late one is made up for."""
    done = threading.Event()

    def post() -> None:
        connection = http.client.HTTPConnection(server.host, server.port, timeout=60)
        wanted = time.monotonic()
        for body in posts:
            connection.request("POST", "/v1/logs", body, {"content-type": "application/json"})
            assert connection.getresponse().read()
            wanted += batch / logs_a_second
            if done.wait(max(0.0, wanted - time.monotonic())):
                return

    thread = threading.Thread(target=post)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
