"""Fingerprints: what differs from call to call is blanked, what tells kinds apart is not; the engine blanks alike."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest

from portlog.derive.fingerprint import blanked, fingerprint
from portlog.store import Statement, Store, open_store
from portlog.store.sql.error_groups import blanked as blanked_sql
from portlog.store.sql.parts import Binder

CASES = (
    ("", ""),
    ("Overloaded", "Overloaded"),
    ("The model `gpt-5x` does not exist or you don't have access to it.", "The model … does not exist or you don't have access to it."),
    ("Rate limit reached for gpt-4o in organization org-Ab12 on tokens per min (TPM): Limit 30000, Used 29,001. Please try again in 1.2s.",
     "Rate limit reached for … in organization … on tokens per min (TPM): Limit …, Used …. Please try again in …."),
    ("Visit https://platform.example.com/account/rate-limits?x=1 to learn more.", "Visit … to learn more."),
    ("Incorrect API key provided: sk-abc1***********xyz9. You can", "Incorrect API key provided: …***********…. You can"),
    ('{"error": {"message": "No such user", "code": 17}}', "{…: {…: …: …}}"),
    ("Invalid value: 'high'. Supported values are: 'low', 'mid'.", "Invalid value: …. Supported values are: …."),
    ("it's the user's fault, isn't it", "it's the user's fault, isn't it"),
    ('cut off in "the middle of', "cut off in …"),
    ("connect ECONNREFUSED 127.0.0.1:8080", "connect ECONNREFUSED …"),
    ("at 2026-11-20T18:00:00.123Z request 0198b9c2-5a70-7b9e-8f3a-0c1d2e3f4a5b failed", "at … request … failed"),
    ("object deadbeef is a dead end", "object … is a dead end"),
    ("user ann.b+c@mail.example.org has no quota", "user … has no quota"),
    ("messages.3.content: expected 4 parts, got 17", "messages.….content: expected … parts, got …"),
    ("ids 1, 2, 3 and 4; 5", "ids … and …"),
    ("数 42 個", "数 … 個"),
    ("HTTP/1.1 500 at /v1/chat", "HTTP/… at /…/chat"),
)  # fmt: skip


@pytest.mark.parametrize(("message", "wanted"), CASES)
def test_what_differs_is_blanked(message: str, wanted: str) -> None:
    assert blanked(message) == wanted


@pytest.mark.parametrize(("message", "wanted"), CASES)
def test_what_is_blanked_stays_so(message: str, wanted: str) -> None:
    """So a blanked message can stand for its kind."""
    assert blanked(wanted) == wanted


def test_one_kind_has_one_fingerprint() -> None:
    kinds = {
        fingerprint("openai", 429, "rate_limit", "Limit 30000, try again in 2s"),
        fingerprint("openai", 429, "rate_limit", "Limit 10, try again in 312ms"),
    }
    assert len(kinds) == 1
    assert all(len(kind) == 16 and int(kind, 16) >= 0 for kind in kinds)
    others = {
        fingerprint("azure", 429, "rate_limit", "Limit 1, try again in 1s"),
        fingerprint("openai", 500, "rate_limit", "Limit 1, try again in 1s"),
        fingerprint("openai", 429, "quota", "Limit 1, try again in 1s"),
        fingerprint("openai", 429, "rate_limit", "Limit 1, do not try again"),
    }
    assert len(kinds | others) == 5


PIECES = (
    "a", "Z", "is", "don't", "isn't", "'", "''", "'x'", '"', '"q"', "`", "`q`", "“", " ", "  ", ", ", ",", ";", ":", ".", "/", "+", "-", "--",
    "_", "(", ")", "[", "]", "{", "}", "<", ">", "=", "0", "1", "42", "3.5", "1,000", "1:2/3", "-5", "deadbeef", "DEADBEEFx", "abcdefabc",
    "http://", "https://a.b/c?d=1", "x://y", "a@b.c", "a@b", "@", "…", "… …", "é", "é4", "数", "😀", "\u202e", "\t", "\x1f", "\0", "\\", "\\n", "%",
    "gpt-4o", "org-1", "x_1", "#", "$5", "\u00a0", "٣",
)  # fmt: skip


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    store = open_store(
        tmp_path_factory.mktemp("prints") / "store", memory_bytes_max=2**31, query_memory_bytes_max=2**30, query_seconds_max=30
    )
    yield store
    store.close()


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 30))])
def test_the_engine_blanks_alike(store: Store, seed: int) -> None:
    random = Random(seed)
    messages = [message for message, _ in CASES]
    messages += ["".join(random.choices(PIECES, k=random.randrange(1, 30))) for _ in range(3000)]
    binder = Binder()
    column = blanked_sql("message", binder)
    text = f"SELECT {column} FROM (SELECT arrayJoin({binder.bind(messages, 'Array(String)')}) AS message)"
    found = [row[0] for row in store.select(Statement(text, binder.values))]
    differ = [(m, f, blanked(m)) for m, f in zip(messages, found, strict=True) if f != blanked(m)]
    assert differ == []
