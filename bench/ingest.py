"""Ingest: logs a second, durable and visible; CPU, memory and disk of a log; the same server's bare 200 beside it.

    python bench/ingest.py --count 50000 --out bench/results/ingest.json

One run measures everything, on one machine, so that ratios mean something. Bodies are encoded before the clock
starts; the clock stops when every acknowledged log is visible to questions. `bare` is the same HTTP server, the same
bodies and connections, and an application that reads the body and answers 200: what is left is ours.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import harness
from loggen import generate

_BARE = """
import asyncio, sys, uvicorn
REPLY = b'{"status":"success"}'
async def app(scope, receive, send):
    body = []
    while True:
        message = await receive()
        body.append(message.get("body", b""))
        if not message.get("more_body"): break
    b"".join(body)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(REPLY))]})
    await send({"type": "http.response.body", "body": REPLY})
uvicorn.run(app, port=int(sys.argv[1]), loop="uvloop", http="httptools", ws="none", lifespan="off", access_log=False, log_level="error", server_header=False, date_header=False)
"""


def encoded(count: int, *, small: bool) -> list[bytes]:
    """`count` logs as JSON text; `small` leaves out histories and contexts, for the 3.6 KB of the targets."""
    lines = []
    for log in generate(count * 2 if small else count, seed=1):
        del log["_id"], log["created_at"]
        text = json.dumps(log, ensure_ascii=False, separators=(",", ":")).encode()
        if small and not 2000 <= len(text) <= 6000:
            continue
        lines.append(text)
        if len(lines) == count:
            break
    return lines


def measure(lines: list[bytes], *, batch: int, connections: int) -> dict[str, Any]:
    """Send all logs to a fresh server and wait until they are visible and merged."""
    posts = harness.bodies(lines, batch)
    with harness.server() as server:
        idle_mb, cpu = server.memory_mb("VmRSS"), server.cpu_seconds()
        peak = harness.Peak(server)
        peak.start()
        began = time.perf_counter()
        load = harness.post_all(server.host, server.port, posts, batch=batch, connections=connections)
        while server.visible() < len(lines):
            time.sleep(0.05)
        visible_seconds = time.perf_counter() - began
        cpu_visible = server.cpu_seconds() - cpu
        settled = _settle(server)
        raw = sum(map(len, lines))
        return {
            "batch": batch,
            "connections": connections,
            "logs": len(lines),
            "raw_bytes_per_log": round(raw / len(lines)),
            "acknowledged_per_s": round(len(lines) / load.seconds),
            "visible_per_s": round(len(lines) / visible_seconds),
            "ack_p50_ms": load.percentile(0.5),
            "ack_p99_ms": load.percentile(0.99),
            "cpu_s_per_100k": round(cpu_visible / len(lines) * 1e5, 1),
            "cpu_s_per_100k_with_merges": round((server.cpu_seconds() - cpu) / len(lines) * 1e5, 1),
            "idle_rss_mb": idle_mb,
            "peak_rss_mb": max(peak.stop(), server.memory_mb("VmHWM")),
            "settled_rss_mb": server.memory_mb("VmRSS"),
            "store_bytes_per_log": round(settled / len(lines)),
            "raw_over_store": round(raw / settled, 2),
            "statuses": load.statuses,
        }


def _settle(server: harness.Server) -> int:
    """Wait until merges have ended and their sources are deleted (old_parts_lifetime); return the bytes of the store."""
    size = -1
    while size != (size := server.disk_bytes("store")):
        time.sleep(45)
    return size


def bare(lines: list[bytes], *, batch: int, connections: int) -> dict[str, Any]:
    """The same load against an application that only answers."""
    port = _free_port()
    process = subprocess.Popen([sys.executable, "-c", _BARE, str(port)])
    try:
        _wait_for(port)
        posts = harness.bodies(lines, batch)
        load = harness.post_all("127.0.0.1", port, posts, batch=batch, connections=connections)
        return {"batch": batch, "answered_per_s": round(len(lines) / load.seconds), "p50_ms": load.percentile(0.5)}
    finally:
        process.terminate()
        process.wait()


def disk_limit(lines: list[bytes], folder: Path) -> dict[str, float]:
    """The disk alone: the same bytes written and synced in groups of 64 records, and one synced write of 3.6 KB."""
    file = os.open(folder, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    began = time.perf_counter()
    for i in range(0, len(lines), 64):
        os.write(file, b"".join(lines[i : i + 64]))
        os.fdatasync(file)
    seconds = time.perf_counter() - began
    syncs = []
    for line in lines[:200]:
        at = time.perf_counter()
        os.write(file, line)
        os.fdatasync(file)
        syncs.append(time.perf_counter() - at)
    os.close(file)
    folder.unlink()
    return {"logs_per_s_groups_of_64": round(len(lines) / seconds), "one_sync_p50_ms": round(sorted(syncs)[100] * 1000, 3)}


def _free_port() -> int:
    import socket

    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def _wait_for(port: int) -> None:
    import socket

    while True:
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--count", type=int, default=50_000)
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    small, mixed = encoded(args.count, small=True), encoded(args.count, small=False)
    result: dict[str, Any] = {
        "command": "python bench/ingest.py " + " ".join(sys.argv[1:]),
        "machine": {"cpus": os.cpu_count(), "python": platform.python_version()},
        "disk": disk_limit(small[:6400], Path("portlog-bench.tmp")),
        "small": [], "mixed": [],
    }  # fmt: skip
    for kind, lines in (("small", small), ("mixed", mixed)):
        for batch, connections in ((1, 64), (100, 4)):
            row = measure(lines, batch=batch, connections=connections)
            row["bare"] = bare(lines, batch=batch, connections=connections)
            row["share_of_bare"] = round(row["acknowledged_per_s"] / row["bare"]["answered_per_s"], 3)
            result[kind].append(row)
            print(kind, json.dumps(row), flush=True)
    if args.out:
        args.out.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
