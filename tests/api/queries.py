"""A set of logs of every kind, and random queries of it with what a person would pick by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any

from portlog.schema.render import iso
from tests.api.conftest import House
from tests.samples import NOW_MS, chat
from tests.spans import request, span

HOUR_MS, DAY_MS = 3_600_000, 86_400_000
Row = dict[str, Any]  # of `GET /v1/logs`

MODELS = ("gpt-4o", "gpt-4o-mini", "o3", "claude-sonnet-4", "mystery-1")
PROVIDERS = ("openai", "anthropic", "azure-openai")
USERS = ("alice", "bob", "Zoë", "50%", "a,b", "")
STATUSES = (200, 200, 200, 201, 404, 429, 500, 503, 0)
CACHE = ("HIT", "MISS", "SEMANTIC HIT", "SEMANTIC MISS", "REFRESH", "DISABLED", "")
ENVS = ("prod", "dev", "")


def store_all(house: House, count: int = 240, days: float = 40) -> list[Row]:
    """Store the set, and return the rows that lists show of it."""
    random = Random(5)
    house.store([_log(random, days) for _ in range(count)])
    # Spans that are no calls, and a call that is not over: none of them counts as a request.
    spans = [
        span(f"{n:016x}", f"{n + 1:032x}", name=f"span {n}", status={"code": 2} if n % 3 == 0 else {},
             attributes={"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": f"tool-{n % 4}"} if n % 2 else {})
        for n in range(1, 25)
    ]  # fmt: skip
    reply = house.call("POST", "/v1/traces", request(*spans), {"content-type": "application/json"})
    assert reply.status_code == 200, reply.text
    return everything(house)


def everything(house: House, **parameters: Any) -> list[Row]:
    """Every row of a list, page by page."""
    rows: list[Row] = []
    cursor = ""
    while cursor is not None:
        page = house.list(page_size=1000, include_total="false", cursor=cursor, **parameters)
        rows += page["data"]
        cursor = page["next_cursor"]
    return rows


def _log(random: Random, days: float) -> Row:
    # Some in the same ms, some at the edges of hours and days.
    at = NOW_MS - random.choice((0, 1, HOUR_MS, DAY_MS, random.randrange(int(days * DAY_MS))))
    model, user, env = random.choice(MODELS), random.choice(USERS), random.choice(ENVS)
    log = chat("question", f"answer {random.randrange(9)}", created_at=iso(at))
    log["metadata"] = {"tier": random.choice(("pro", "free")), "no": str(random.randrange(10**9))}
    log["metadata"] |= {"_user": user} if user else {}
    log["metadata"] |= {"_environment": env, "region": f"{env}-1"} if env else {}
    log["request"]["provider"] = random.choice(PROVIDERS)
    log["request"]["body"]["model"] = model
    latency = random.choice((None, 0, 1, 250, 250.5, random.randrange(90_000)))
    cache = {"x-portkey-cache-status": found} if (found := random.choice(CACHE)) else {}
    log["response"] |= {"status": random.choice(STATUSES), "response_time": latency, "headers": cache}
    log["response"]["body"]["model"] = model
    tokens = {"prompt_tokens": random.randrange(5000), "completion_tokens": random.randrange(500)}
    log["response"]["body"]["usage"] = random.choice((tokens, tokens, ""))
    return log


# -- what rows hold ----------------------------------------------------------------------------------------------------


def ms(row: Row) -> int:
    """When it was made."""
    return round(datetime.fromisoformat(row["created_at"]).astimezone(UTC).timestamp() * 1000)


def metadata(row: Row) -> dict[str, str]:
    """Its metadata."""
    return dict(zip(row["metadata.key"], row["metadata.value"], strict=True))


@dataclass(frozen=True)
class Atom:
    """One filter of a query, the field that it is of, and which rows a person picks for it."""

    text: str
    field: str
    picked: Callable[[Row], bool]


_CACHE_WORDS = {"hit": ("HIT",), "miss": ("MISS", "SEMANTIC MISS"), "semantic": ("SEMANTIC HIT",), "disabled": ("DISABLED",)}

ATOMS: tuple[Atom, ...] = (
    *(Atom(f'model:"{m}"', "model", lambda r, m=m: r["ai_model"] == m) for m in MODELS),
    Atom("model:gpt-4o*", "model", lambda r: r["ai_model"].startswith("gpt-4o")),
    Atom("model:o3,CLAUDE-*", "model", lambda r: r["ai_model"] == "o3" or r["ai_model"].startswith("claude-")),
    *(Atom(f"provider:{p}", "provider", lambda r, p=p: r["ai_org"] == p) for p in PROVIDERS),
    *(Atom(f'user:"{u}"', "user", lambda r, u=u: r["user"] == u) for u in USERS if u),
    Atom("user:*", "user", lambda r: r["user"] != ""),
    Atom("status:4xx", "status", lambda r: 400 <= (r["response_status_code"] or 0) < 500),
    Atom("status:200,429", "status", lambda r: r["response_status_code"] in (200, 429)),
    Atom("status:>=400", "status", lambda r: (r["response_status_code"] or 0) >= 400),
    Atom("is:error", "is", lambda r: r["outcome"] == "error"),
    Atom("env:prod", "env", lambda r: metadata(r).get("_environment") == "prod"),
    Atom("metadata.tier:pro", "metadata.tier", lambda r: metadata(r).get("tier") == "pro"),
    Atom("latency:>250", "latency", lambda r: (r["response_time"] or 0) > 250),
    Atom("tokens:<1k", "tokens", lambda r: r["total_units"] is not None and r["total_units"] < 1000),
    Atom("cost:>0", "cost", lambda r: (r["cost_usd"] or 0) > 0),
    Atom("kind:llm", "kind", lambda r: r["kind"] == "llm"),
    Atom("has:tools", "has", lambda r: False),
    *(Atom(f"cache:{word}", "cache", lambda r, s=s: (r["cache_status"] or "") in s) for word, s in _CACHE_WORDS.items()),
)  # fmt: skip


def random_query(random: Random) -> list[tuple[str, Atom, bool]]:
    """Up to three filters that must all match: (text, atom, whether it is turned round)."""
    some = random.sample([atom for atom in ATOMS if atom.field != "has"], random.choice((0, 1, 1, 2, 3)))
    return [("-" + atom.text if turned else atom.text, atom, turned) for atom in some if (turned := random.random() < 0.25) in (True, False)]


def picks(query: list[tuple[str, Atom, bool]], row: Row, *, without: str = "") -> bool:
    """Whether every filter but those of one field matches."""
    return all(atom.picked(row) is not turned for _, atom, turned in query if atom.field != without)
