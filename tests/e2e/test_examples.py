"""The examples of the README and the guides run as they stand, against the running program."""

from __future__ import annotations

import itertools
import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.program import DEADLINE_SECONDS, Server, environment, portlog
from tests.e2e.test_sdks import NODE_SDK, node

ROOT = Path(__file__).parents[2]
DEFAULT_URL = "http://127.0.0.1:8790"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)

# For machines without curl: the little of it that the examples use.
_CURL = """
import sys, urllib.request
words, url, data, headers = sys.argv[1:], "", None, {}
while words:
    word = words.pop(0)
    if word == "-H":
        name, _, value = words.pop(0).partition(":")
        headers[name] = value.strip()
    elif word == "-d":
        data = words.pop(0).encode()
    elif not word.startswith("-"):
        url = word
print(urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=60).read().decode())
"""


def examples(page: str, language: str) -> list[str]:
    text = (ROOT / page).read_text(encoding="utf-8")
    return [block for found, block in _BLOCK.findall(text) if found == language]


def run(command: list[str], **options: Any) -> str:
    done = subprocess.run(  # noqa: S603 - examples of our own
        command, capture_output=True, text=True, timeout=DEADLINE_SECONDS, check=False, **options
    )
    assert done.returncode == 0, (command, done.stderr)
    return done.stdout


def curl(block: str, url: str) -> list[str]:
    """Run a block of curl commands; one output each."""
    program = ["curl", "-fsS"] if shutil.which("curl") else [sys.executable, "-c", _CURL]
    commands = [f"curl {rest}" for rest in re.split(r"^curl ", block, flags=re.MULTILINE) if rest.strip()]
    return [run([*program, *shlex.split(command.replace(DEFAULT_URL, url))[1:]]) for command in commands]


@pytest.fixture
def server(start_server: Callable[..., Server], tmp_path: Path) -> Server:
    """As the pages say: the data is `./portlog-data`. It waits longer than it would for logs to be visible."""
    return start_server(data=tmp_path / "portlog-data", read_wait_ms=60_000)


@pytest.mark.parametrize(("page", "found"), [("README.md", [1, 1]), ("docs/start.md", [1, 1, 0])])
def test_what_is_posted_with_curl_is_found_with_curl(page: str, found: list[int], server: Server) -> None:
    """First a post, then the searches; the last one of start.md looks for errors, of which there are none."""
    post, *searches = (block for block in examples(page, "sh") if block.startswith("curl"))
    (receipt,) = curl(post, server.url)
    assert json.loads(receipt)["count"] == 1
    answers = [json.loads(answer) for block in searches for answer in curl(block, server.url)]
    assert [answer["total"] for answer in answers] == found


def test_the_questions_of_the_guide_to_analytics_are_answered(server: Server) -> None:
    answers = [json.loads(answer) for block in examples("docs/guides/analytics.md", "sh") for answer in curl(block, server.url)]
    assert [answer["object"] for answer in answers] == ["analytics-graph", "list"]


def test_the_questions_of_the_guide_to_searching_are_answered(server: Server) -> None:
    """Each is a GET: `-G` makes parameters of data. The last one does not end by itself."""
    blocks = [block for block in examples("docs/guides/searching.md", "sh") if block.startswith("curl")]
    for block in blocks:
        words = shlex.split(block)
        (url,) = (word for word in words if word.startswith("http"))
        pairs = [words[at + 1].partition("=") for at, word in enumerate(words) if word in ("-d", "--data-urlencode")]
        parameters = [(name, value) for name, _, value in pairs]
        assert "G" in words[1], "it would post"
        with httpx.stream("GET", url.replace(DEFAULT_URL, server.url), params=parameters, timeout=DEADLINE_SECONDS) as reply:
            assert reply.status_code == 200, (block, reply.read())
            if "N" in words[1]:
                assert "event: ready" in list(itertools.islice(reply.iter_lines(), 2))
    assert len(blocks) >= 5


def test_start_names_the_warnings_that_its_log_gets(server: Server) -> None:
    post = next(block for block in examples("docs/start.md", "sh") if block.startswith("curl"))
    printed = json.loads(examples("docs/start.md", "json")[0])
    answered = json.loads(curl(post, server.url)[0])
    changing = {"ids": None}
    assert answered | changing == printed | changing


@pytest.mark.parametrize("page", ["README.md", "docs/guides/sending-logs.md"])
def test_the_python_examples_store_logs(page: str, server: Server) -> None:
    blocks = examples(page, "python")
    assert blocks
    for block in blocks:
        run([sys.executable, "-c", block.replace(DEFAULT_URL, server.url)], env=environment())
    assert server.get("/v1/logs")["total"] == len(blocks)


def test_the_node_example_stores_a_log(server: Server) -> None:
    assert (NODE_SDK / "node_modules").is_dir(), "the Node SDK is not installed; run `python3 dev.py setup`"
    (block,) = examples("README.md", "js")
    run([node(), "--input-type=module", "-e", block.replace(DEFAULT_URL, server.url)], cwd=NODE_SDK)
    assert server.get("/v1/logs", trace_id="trace125", user="alice")["total"] == 1


@pytest.mark.parametrize("page", ["README.md", "docs/start.md", "docs/guides/operating.md"])
def test_the_commands_of_the_program_work(page: str, server: Server, tmp_path: Path) -> None:
    """All but `serve`, which would not end; on the data of a server that has."""
    lines = [line for block in examples(page, "sh") for line in block.splitlines() if line.startswith("portlog ")]
    assert lines
    server.stop()
    for line in lines:
        words = shlex.split(line)[1:]
        if words[0] != "serve":
            done = portlog(*words, cwd=tmp_path)
            assert done.returncode == 0, (line, done.stdout, done.stderr)


def test_the_guide_to_exports_works_beside_a_running_server(server: Server, tmp_path: Path) -> None:
    page = "docs/guides/exports.md"
    assert server.post({"request": {"url": "u", "body": "capital"}, "response": {"body": "Paris"}}).status_code == 200
    for block in examples(page, "python"):
        printed = run([sys.executable, "-c", block.replace(DEFAULT_URL, server.url)], env=environment())
        assert printed.startswith(server.url)
    lines = [line for block in examples(page, "sh") for line in block.splitlines()]
    assert len(lines) >= 3
    for line in lines:
        done = portlog(*shlex.split(line.replace(DEFAULT_URL, server.url))[1:], cwd=tmp_path)
        assert done.returncode == 0, (line, done.stdout, done.stderr)
