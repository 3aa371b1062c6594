"""What one trace is sent as: large ones in few bytes, with every span."""

from __future__ import annotations

import random
import zlib
from typing import Any

from portlog.query.trace import Shown, _span
from portlog.query.tree import Seen, tree_of
from portlog.schema import jsons
from portlog.schema.ids import LogIds, to_text
from tests.samples import NOW_MS

SPANS = 10_000
GZIP_BYTES_MAX = 400 * 1024  # ux.md 9


def an_agents_trace() -> tuple[list[Seen], dict[bytes, Shown]]:
    """Steps of an agent, each of model calls and tools, with times of a fine clock."""
    rnd, ids = random.Random(1), LogIds()
    spans: list[Seen] = []
    shown: dict[bytes, Shown] = {}
    at = 0.0

    def add(parent: str, name: str, kind: str, took: float, **figures: Any) -> str:
        log_id, span_id = ids.make(NOW_MS + int(at)), f"{rnd.getrandbits(64):016x}"
        none = dict.fromkeys(("cost_usd", "input_tokens", "output_tokens", "total_tokens"))
        call = kind == "llm"
        spans.append(Seen(log_id, span_id, parent, NOW_MS + int(at), took, "success", call, "", **none | figures, timed=True))
        shown[log_id] = Shown(
            log_id, name, kind, "openai" if call else "", "gpt-4o-2024-08-06" if call else "", 200 if call else None, "success",
            ["search"] if kind == "tool" else [], "", "", "", NOW_MS, rnd.choice(("stop", "tool_calls")) if call else "", 1, "", "",
        )  # fmt: skip
        return span_id

    root = add("", "invoke_agent checkout", "agent", 600_000.0)
    while len(spans) < SPANS:
        step = add(root, "step", "chain", rnd.uniform(100, 9000))
        for _ in range(min(4, SPANS - len(spans))):
            tokens, answer, took = rnd.randrange(100, 9000), rnd.randrange(900), round(rnd.uniform(1, 3000), 3)
            if rnd.random() < 0.6:
                cost = round(tokens * 2.5e-6 + answer * 1e-5, 9)
                add(step, "chat gpt-4o", "llm", took, cost_usd=cost, input_tokens=tokens, output_tokens=answer, total_tokens=tokens + answer)
            else:
                add(step, "execute_tool search", "tool", took)
            at += took
    return spans, shown


def test_ten_thousand_spans_fit_their_budget_and_none_is_missing() -> None:
    spans, shown = an_agents_trace()
    tree = tree_of(spans)
    sent = jsons.encode(jsons.written([_span(place, tree.began_ms, shown, NOW_MS, full=False) for place in tree.places]))
    assert sorted(span["id"] for span in jsons.decode_any(sent)) == sorted(to_text(span.id) for span in spans)
    assert len(zlib.compress(sent, 5)) < GZIP_BYTES_MAX
