"""Analytics: latency and processor time of every graph, of groups, splits and error kinds over a filled data directory.

    python bench/fill.py --data /path --count 1000000 --distinct 100000
    python bench/analytics.py --data /path --out bench/results/analytics.json

Each question is asked `--repeat` times over HTTP, for the last day and for all 30 days of the logs: p50 in ms, and the
server's CPU seconds for one, which other work on the machine does not change.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from pathlib import Path
from typing import Any

import harness

START, END = "2026-10-20T00:00:00Z", "2026-11-19T00:00:00Z"  # loggen's
RANGES = {"1 day": ("2026-11-17T00:00:00Z", "2026-11-18T00:00:00Z"), "30 days": (START, END)}
GRAPHS = (
    "requests", "cost", "latency", "tokens", "users", "users/requests", "errors", "errors/rate", "errors/stacks",
    "errors/status-codes", "requests/rescued", "cache/hit-rate", "cache/latency", "feedbacks", "feedbacks/ai-models",
)
QUESTIONS: dict[str, tuple[str, dict[str, str]]] = {
    **{graph: (f"graphs/{graph}", {}) for graph in GRAPHS},
    "cache summary": ("summary/cache", {}),
    "cost, split by model": ("graphs/cost", {"split_by": "model"}),
    "latency, split by model": ("graphs/latency", {"split_by": "model"}),
    "requests, split by user": ("graphs/requests", {"split_by": "user"}),
    "requests, split by a metadata key": ("graphs/requests", {"split_by": "metadata.region"}),
    "cost, compared": ("graphs/cost", {"compare": "previous"}),
    "cost of one model's errors": ("graphs/cost", {"q": "model:gpt-4o status:>=400"}),
    "requests with a word": ("graphs/requests", {"q": "invoice"}),
    "groups by user": ("groups/users", {}),
    "groups by model, all columns": ("groups/model", {"columns": "cost,total_tokens,avg_tokens,avg_latency,p95_latency,p99_latency,success_rate,cache_hit_rate,last_seen"}),
    "groups by a metadata key": ("groups/metadata/region", {}),
    "error kinds": ("errors", {}),
}


def asked(server: harness.Server, path: str, parameters: dict[str, str], repeat: int) -> dict[str, float]:
    """p50 over the repeats, and the CPU of one."""
    server.get(f"/v1/analytics/{path}", **parameters)
    times, cpu = [], server.cpu_seconds()
    for _ in range(repeat):
        began = time.perf_counter()
        server.get(f"/v1/analytics/{path}", **parameters)
        times.append((time.perf_counter() - began) * 1000)
    return {"p50_ms": round(sorted(times)[repeat // 2], 1), "cpu_s": round((server.cpu_seconds() - cpu) / repeat, 3)}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--repeat", type=int, default=7)
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    result: dict[str, Any] = {
        "command": "python bench/analytics.py --repeat " + str(args.repeat),
        "machine": {"cpus": os.cpu_count(), "python": platform.python_version()},
    }
    with harness.server(args.data, keep=True) as server:
        result["logs"] = server.visible()
        for name, (from_, to) in RANGES.items():
            rows = result[name] = {}
            for question, (path, parameters) in QUESTIONS.items():
                rows[question] = asked(server, path, {**parameters, "from": from_, "to": to}, args.repeat)
                print(f"  {name:8} {question:38} {rows[question]['p50_ms']:9.1f} ms {rows[question]['cpu_s']:7.3f} s", flush=True)
        result["peak_rss_mb"] = server.memory_mb("VmHWM")
        result["load_average_at_end"] = round(os.getloadavg()[0], 1)
    if args.out:
        args.out.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
