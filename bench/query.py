"""Questions: latency of lists, filters, full text and single logs over stores of growing size.

    python bench/query.py --sizes 100000,1000000 --out bench/results/query.json

Logs are those of `loggen` with their own times (30 days). Each question is asked `--repeat` times with other
values; p50 and p95 in ms, over HTTP from another process of the same machine.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import os
import platform
import random
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import harness
from loggen import COMMON_WORD, PHRASE, RARE_WORD, generate

CHUNK = 20_000


def fill(server: harness.Server, logs: Iterator[dict[str, Any]], count: int) -> None:
    """Post the next `count` logs in batches of 100."""
    for at in range(0, count, CHUNK):
        lines = []
        for log in itertools.islice(logs, min(CHUNK, count - at)):
            log.pop("_id")
            lines.append(json.dumps(log, ensure_ascii=False, separators=(",", ":")).encode())
        harness.post_all(server.host, server.port, harness.bodies(lines, 100), batch=100, connections=3)


def look_around(server: harness.Server) -> list[dict[str, Any]]:
    """Rows of every day, for users, traces and models to ask about."""
    rows: list[dict[str, Any]] = []
    for day in range(30):
        since = datetime(2026, 10, 20, tzinfo=UTC) + timedelta(days=day)
        span = {"time_of_generation_min": since.isoformat(), "time_of_generation_max": (since + timedelta(hours=9)).isoformat()}
        rows += server.get("/v1/logs", page_size=40, include_total="false", **span)["data"]
    return rows


def questions(server: harness.Server, seen: list[dict[str, Any]], rnd: random.Random) -> dict[str, Callable[[], Any]]:
    def ask(**parameters: Any) -> Callable[[], Any]:
        return lambda: server.get("/v1/logs", **{k: v() if callable(v) else v for k, v in parameters.items()})

    def one_of(key: str) -> Callable[[], str]:
        return lambda: str(rnd.choice(seen)[key])

    def asked(path: str, **parameters: Any) -> Callable[[], Any]:
        """All 30 days but for some seconds, others each time: equal questions are half answered by the engine's caches."""
        moved = {"from": lambda: f"2026-10-20T00:{rnd.randrange(60):02}:{rnd.randrange(60):02}Z", "to": "2026-11-20T00:00:00Z"}
        return lambda: server.get(path, **{k: v() if callable(v) else v for k, v in (parameters | moved).items()})

    side_bar = "status,model,provider,user,cache,env,key"
    day = {"time_of_generation_min": "2026-11-17T00:00:00Z", "time_of_generation_max": "2026-11-18T00:00:00Z"}
    bare = {"include_total": "false"}
    return {
        "latest 50": ask(**bare),
        "latest 50, with total": ask(),
        "one day": ask(**day, **bare),
        "by user": ask(user=one_of("user"), **bare),
        "by user, with total": ask(user=one_of("user")),
        "by model": ask(ai_model=one_of("ai_model"), **bare),
        "errors": ask(status_code="4xx,5xx", **bare),
        "user and errors": ask(user=one_of("user"), status_code="4xx,5xx", **bare),
        "by metadata": ask(metadata='{"region":"eu-west-1","tier":"pro"}', **bare),
        "trace": ask(trace_id=one_of("trace_id"), **bare),
        "costliest tokens": ask(order_by="total_units", **bare),
        "full text, rare word": ask(q=RARE_WORD, **bare),
        "full text, common word": ask(q=COMMON_WORD, **bare),
        "full text, phrase": ask(q=f'"{PHRASE}"', **bare),
        "full text, absent word": ask(q="qwzxv", **bare),
        "full text, common word, with total": ask(q=COMMON_WORD),
        "totals and histogram": asked("/v1/logs/stats"),
        "totals and histogram, a user": asked("/v1/logs/stats", user=one_of("user")),
        "facets": asked("/v1/logs/facets", fields=side_bar),
        "facets, a model": asked("/v1/logs/facets", fields=side_bar, ai_model=one_of("ai_model")),
        "facets of metadata": asked("/v1/logs/facets", fields="metadata"),
        "traces": asked("/v1/traces"),
        "traces with an error": asked("/v1/traces", status_code="4xx,5xx"),
        "costliest traces of a day": asked("/v1/traces", order_by="cost", **day),
        "one trace as a tree": lambda: server.get(f"/v1/traces/{rnd.choice(seen)['trace_id']}"),
        "sessions of a day": asked("/v1/sessions", **day),
        "users": asked("/v1/users"),
        "one log with bodies": lambda: server.get(f"/v1/logs/{rnd.choice(seen)['id']}"),
    }


def time_all(server: harness.Server, seen: list[dict[str, Any]], repeat: int) -> dict[str, dict[str, float]]:
    rows = {}
    for name, ask in questions(server, seen, random.Random(7)).items():
        times = []
        for _ in range(repeat):
            began = time.perf_counter()
            ask()
            times.append((time.perf_counter() - began) * 1000)
        times.sort()
        rows[name] = {"p50_ms": round(times[len(times) // 2], 1), "p95_ms": round(times[int(len(times) * 0.95)], 1)}
        print(f"  {name:38} {rows[name]['p50_ms']:9.1f} {rows[name]['p95_ms']:9.1f}", flush=True)
    return rows


@contextlib.contextmanager
def arriving(server: harness.Server, logs_a_second: int) -> Iterator[None]:
    """Meanwhile so many logs come in, in batches of 100; they are `loggen`'s, dated now."""
    if not logs_a_second:
        yield
        return
    some = [{k: v for k, v in log.items() if k not in ("_id", "created_at")} for log in itertools.islice(generate(2_000, seed=9), 2_000)]
    bodies = itertools.cycle([json.dumps(some[at : at + 100]).encode() for at in range(0, len(some), 100)])
    with harness.arriving(server, bodies, 100, logs_a_second):
        yield


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sizes", default="100000,1000000")
    parser.add_argument("--repeat", type=int, default=21)
    parser.add_argument("--data", type=Path, help="keep the store here; one that is large enough already is only asked")
    parser.add_argument("--arriving", type=int, default=0, help="then ask again while so many logs a second come in")
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    sizes = [int(size) for size in args.sizes.split(",")]
    result: dict[str, Any] = {
        "command": "python bench/query.py " + " ".join(sys.argv[1:]),
        "machine": {"cpus": os.cpu_count(), "python": platform.python_version()},
        "sizes": {},
    }
    with harness.server(args.data, keep=args.data is not None) as server:
        logs, have = generate(sizes[-1], seed=1), server.visible()
        for size in sizes:
            cpu = server.cpu_seconds()
            fill(server, logs, max(0, size - have))
            while server.visible() < size:
                time.sleep(0.2)
            fill_cpu, have = server.cpu_seconds() - cpu, max(have, size)
            print(f"{size} logs, {server.disk_bytes('store') / size:.0f} bytes each", flush=True)
            result["sizes"][size] = {
                "questions": time_all(server, seen := look_around(server), args.repeat),
                "store_bytes_per_log_before_merged_parts_go": round(server.disk_bytes("store") / size),
                "fill_cpu_s": round(fill_cpu, 1),
                "rss_mb": server.memory_mb("VmRSS"),
                "peak_rss_mb": server.memory_mb("VmHWM"),
            }
        if args.arriving:
            print(f"the same while {args.arriving} logs a second arrive", flush=True)
            with arriving(server, args.arriving):
                result["while_arriving"] = {"logs_a_second": args.arriving, "questions": time_all(server, seen, args.repeat)}
    if args.out:
        args.out.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
