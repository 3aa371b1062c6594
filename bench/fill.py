"""Fill a data directory fast: some logs through the program's own parse, derive and insert, the rest as moved copies.

    python bench/fill.py --data /path --count 10000000 --distinct 200000
    python bench/fill.py --data /path --count 10000000 --short             for lists, which read no body
    python bench/fill.py --data /path --recent                             the newest of now

The copies are made by the engine: other times (spread over the same days), ids, traces and sessions, the same text. Text
repeats far beyond the compression window and the text index is built anew for each copy, so sizes and latencies are
those of `count` logs; only the vocabulary is that of `distinct` ones. Sizes by column are printed at the end.
"""

from __future__ import annotations

import argparse
import itertools
import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from loggen import generate

from portlog.applier import row_of
from portlog.derive.cost import Prices
from portlog.schema.columns import COLUMNS
from portlog.schema.ids import LogIds
from portlog.schema.prices import Book
from portlog.senders import wire
from portlog.store import Statement, Store, open_store

START_MS = 1_792_454_400_000  # loggen's
RANGE_MS = 30 * 86_400_000


def distinct(store: Store, count: int, start_ms: int, short: bool) -> None:
    """Insert logs of loggen as the program does; `short`: with a line for each body."""
    ids, prices, limits = LogIds(), Prices(Book(version=0)), wire.Limits(10**9)
    context = wire.Context(received_ms=start_ms + RANGE_MS, workspace="default", api_key_id="", strict=False)
    logs, seq = generate(count, start=datetime.fromtimestamp(start_ms / 1000, UTC).isoformat()), 0
    while chunk := list(itertools.islice(logs, 2_000)):
        rows = []
        for log in chunk:
            log.pop("_id")
            if short:
                say_little(log, seq)
            seq += 1
            (parsed,) = wire.parse(json.dumps(log).encode(), context, limits, ids)
            rows.append(row_of(seq, parsed, prices))
        store.apply(rows)


def say_little(log: dict[str, Any], number: int) -> None:
    said = {"message": {"role": "assistant", "content": "It is on its way."}, "finish_reason": "stop"}
    body = log["request"]["body"]
    log["request"]["body"] = {"model": body.get("model"), "messages": [{"role": "user", "content": f"Where is order {number}?"}]}
    log["response"]["body"] = {"choices": [said], "usage": {"prompt_tokens": 9, "completion_tokens": 6, "total_tokens": 15}}


def copies(store: Any, distinct: int, count: int, start_ms: int) -> None:
    """Insert moved copies until there are `count`."""
    names = [column.name for column in COLUMNS]
    for at in range(1, -(-count // distinct)):
        shift = at * RANGE_MS * distinct // count
        moved = f"({start_ms} + (toUnixTimestamp64Milli(created_at) - {start_ms} + {shift}) % {RANGE_MS})"
        changed = {
            "id": f"toFixedString(concat(unhex(leftPad(hex({moved}), 12, '0')), substring(id, 7)), 16)",
            "created_at": f"fromUnixTimestamp64Milli({moved}, 'UTC')",
            "wal_seq": f"wal_seq + {at * distinct}",
            "trace_id": f"concat(substring(trace_id, 1, length(trace_id) - 4), leftPad(lower(hex({at})), 4, '0'))",
            "session": f"if(session = '', '', concat(session, '-{at}'))",
        }
        chosen = ", ".join(f"{changed[n]} AS `{n}_`" if n in changed else f"`{n}`" for n in names)
        with store._client() as client:
            client.command(
                f"INSERT INTO logs ({', '.join(f'`{n}`' for n in names)}) SELECT {chosen} FROM logs WHERE wal_seq <= {distinct} LIMIT {count - at * distinct}",
                settings={"max_insert_threads": 1, "max_threads": 2, "min_insert_block_size_rows": 100_000,
                          "min_insert_block_size_bytes": 1 << 30, "max_block_size": 8192},
            )  # fmt: skip
        print(f"{(at + 1) * distinct:,}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--distinct", type=int, default=100_000)
    parser.add_argument("--short", action="store_true", help="a line for each body")
    parser.add_argument("--recent", action="store_true", help="the last 30 days instead of always the same ones")
    words = parser.parse_args()
    start_ms = int(time.time() * 1000) - RANGE_MS if words.recent else START_MS
    words.data.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    store = open_store(words.data / "store", memory_bytes_max=12 << 30, query_memory_bytes_max=8 << 30, query_seconds_max=3600)
    if not store.select(Statement("SELECT count() FROM logs", {}))[0][0]:
        distinct(store, min(words.distinct, words.count), start_ms, words.short)
    print(f"{min(words.distinct, words.count):,} through the program after {time.monotonic() - began:.0f} s", flush=True)
    copies(store, words.distinct, words.count, start_ms)
    print(f"filled after {time.monotonic() - began:.0f} s")
    sizes = "SELECT column, sum(column_data_compressed_bytes) FROM system.parts_columns WHERE table = 'logs' AND active GROUP BY column ORDER BY 2 DESC LIMIT 12"
    for name, size in store.select(Statement(sizes, {})):
        print(f"{name:20} {size / words.count:8.1f} bytes a log")
    store.close()


if __name__ == "__main__":
    main()
