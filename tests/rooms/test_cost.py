"""What calls cost: hand-computed fixtures over many providers, names, dates, own prices, discounts, and why there is none."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from portlog.derive import decoded, derive
from portlog.derive.cost import COST_SOURCES, Cost, Prices
from portlog.derive.pricelist import GENAI_VERSION, UNITS, Missing, Rate, names_of, provider_id
from portlog.derive.reading import derived_by
from portlog.derive.usage import Usage, usage_of
from portlog.schema.log import Log
from portlog.schema.prices import OWN_PARTS, Book, Discount, OwnPrice
from portlog.schema.values import parse_time_ms
from tests.samples import parse_one

FILES = sorted((Path(__file__).parents[1] / "fixtures" / "costs").glob("*.json"))
FIXTURES = {file.stem: json.loads(file.read_text()) for file in FILES}
PRICES = Prices()
NOV_20 = parse_time_ms("2026-11-20T10:00:00Z") or 0


def cost_of(log: Log, prices: Prices = PRICES) -> Cost:
    """The cost of a log, from its bodies."""
    headers = {name.lower(): value for name, value in log.response_headers.items()}
    usage = usage_of(decoded(log.request_body), decoded(log.response_body), log.provider, headers)
    return prices.cost(provider=log.provider, model=derive(log).model, created_ms=log.created_ms, usage=usage)


def cost(
    usage: Usage | None = None, prices: Prices = PRICES, *, provider: str = "openai", model: str = "gpt-4o", day: str = "", **more: Any
) -> Cost:
    created_ms = parse_time_ms(day) if day else NOV_20
    assert created_ms is not None
    usage = usage or Usage(input_tokens=1000, output_tokens=100)
    return prices.cost(provider=provider, model=model, created_ms=created_ms, usage=usage, **more)


def by_hand(sum_: str) -> Fraction:
    """The value of `N * P / D + N * P / D …`, exactly; knows nothing of the program."""
    total = Fraction(0)
    for term in sum_.split(" + "):
        match = re.fullmatch(r"(\d+) \* ([\d.]+) / (\d+)", term)
        assert match is not None, term
        total += Fraction(match[1]) * Fraction(match[2]) / Fraction(match[3])
    return total


def exact(usd: float | None) -> Decimal:
    assert usd is not None
    return Decimal(repr(usd))


# -- fixtures --------------------------------------------------------------------------------------------------------


def test_there_are_forty_bodies_of_eight_providers_with_and_without_a_cache() -> None:
    priced = [f for f in FIXTURES.values() if f["expect"]["usd"] is not None]
    providers = {parse_one(f["log"]).provider for f in priced}
    cached = [f for f in priced if any("cache" in part["what"] for part in f["expect"].get("parts", ()))]
    assert len(priced) >= 40 and len(providers) >= 8 and 10 <= len(cached) <= len(priced) - 10


@pytest.mark.parametrize("name", FIXTURES)
def test_a_cost_equals_the_hand_computed_one(name: str) -> None:
    fixture = FIXTURES[name]
    expect, found = fixture["expect"], cost_of(parse_one(fixture["log"]))
    assert (found.source, found.usd is None) == (expect["source"], expect["usd"] is None), found
    assert found.reason.endswith(".")
    if expect["usd"] is None:
        assert (found.parts, found.input_usd, found.output_usd, found.price) == ((), None, None, None)
        return
    assert found.usd == pytest.approx(float(expect["usd"]), abs=1e-9)
    if "hand" in expect:
        assert abs(Fraction(exact(found.usd)) - by_hand(expect["hand"])) < Fraction(1, 10**9)
        parts = [(part["what"], part["tokens"], float(part["usd_per_million"])) for part in expect["parts"]]
        assert [(part.what, part.tokens, part.usd_per_million) for part in found.parts] == parts
    assert sum(exact(part.usd) for part in found.parts) == exact(found.usd)
    if found.price is not None:
        assert (found.price.tier, found.price.above_input_tokens) == (
            expect.get("tier", ""), expect.get("above_input_tokens", found.price.above_input_tokens)
        )  # fmt: skip
    if "place" in expect:
        assert expect["place"] in found.reason


# -- what is sent ------------------------------------------------------------------------------------------------------


def test_the_senders_cost_wins_then_the_providers() -> None:
    usage = Usage(input_tokens=10, output_tokens=10, cost_usd=0.5, places={"cost_usd": "response.body.usage.cost"})
    assert cost(usage, stated_usd=0.25, stated_place="raw.response_cost").usd == 0.25
    found = cost(usage, stated_usd=0.25, stated_place="raw.response_cost")
    assert found.source == "sent" and "raw.response_cost" in found.reason
    assert cost(usage).usd == 0.5


@pytest.mark.parametrize("sent", [0, 0.0, -1.0, float("nan"), float("inf")])
def test_a_sent_cost_of_nothing_for_tokens_is_not_known(sent: float) -> None:
    """Senders without a price send 0: then ours is taken."""
    found = cost(stated_usd=sent)
    assert (found.source, found.usd) == ("genai-prices", 0.0035)
    assert cost(stated_usd=sent, model="gpt-99").source == "unknown-model"


def test_a_sent_cost_of_nothing_for_nothing_is_a_cost() -> None:
    found = cost(Usage(), stated_usd=0.0)
    assert (found.source, found.usd) == ("sent", 0.0)


# -- no price is not 0 -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "source"),
    [
        ({"model": "gpt-99"}, "unknown-model"),
        ({"model": ""}, "no-model"),
        ({"model": "   "}, "no-model"),
        ({"provider": "acme"}, "unknown-provider"),
        ({"provider": "unknown", "model": "acme-7b"}, "unknown-model"),
        ({"usage": Usage()}, "no-usage"),
        ({"usage": Usage(cache_read_tokens=5)}, "no-usage"),
        ({"provider": "groq", "model": "whisper-large-v3"}, "no-price"),
        ({"provider": "github-copilot", "model": "gpt-4o"}, "no-price"),
    ],
)
def test_what_cannot_be_priced_has_a_reason_and_no_number(more: dict[str, Any], source: str) -> None:
    found = cost(**more)
    assert (found.usd, found.input_usd, found.output_usd, found.parts) == (None, None, None, ())
    assert found.source == source and len(found.reason) > 20


def test_every_source_is_in_the_table() -> None:
    names = [source.name for source in COST_SOURCES]
    assert names == ["sent", "own", "genai-prices", "no-usage", "no-model", "unknown-provider", "unknown-model", "no-price"]
    assert [source.has_cost for source in COST_SOURCES] == [True] * 3 + [False] * 5


@given(st.text(max_size=40), st.text(max_size=400), st.integers(0, 2**41), st.text(max_size=20))
def test_any_names_give_a_result(provider: str, model: str, created_ms: int, tier: str) -> None:
    usage = Usage(input_tokens=10, output_tokens=10, service_tier=tier)
    found = PRICES.cost(provider=provider, model=model, created_ms=created_ms, usage=usage)
    assert (found.usd is not None) == next(s.has_cost for s in COST_SOURCES if s.name == found.source)


# -- names ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("openai", "openai"), ("azure-openai", "azure"), ("azure-ai", "azure"), ("mistral-ai", "mistral"), ("x-ai", "x-ai"),
        ("together-ai", "together"), ("fireworks-ai", "fireworks"), ("perplexity-ai", "perplexity"), ("bedrock", "aws"),
        ("vertex-ai", "google"), ("google", "google"), ("cohere", "cohere"), ("zhipu", "zhipuai"), ("moonshot", "moonshotai"),
        ("aws.bedrock", "aws"), ("gcp.vertex_ai", "google"), ("az.ai.openai", "azure"), ("mistral_ai", "mistral"),
        ("openai.responses", "openai"), ("google.generative-ai", "google"), ("amazon-bedrock", "aws"), ("Azure", "azure"),
        ("@openai-prod", "openai"), ("azure-openai-eu", "azure"), ("vertex_ai-anthropic_models", "google"), ("AWS Bedrock", "aws"),
        ("bedrock_converse", "aws"), ("cohere_chat", "cohere"), ("text-completion-openai", "openai"),
        ("acme", ""), ("unknown", ""), ("", ""), ("openailike", ""), ("ollama", ""), ("deepinfra", ""), ("---", ""),
    ],
)  # fmt: skip
def test_providers_by_any_of_their_names(ours: str, theirs: str) -> None:
    assert provider_id(ours) == theirs


def rate(provider: str, model: str, day: str = "2026-11-20", tier: str = "", book: Book = Book()) -> Rate:  # noqa: B008
    created_ms = parse_time_ms(day)
    assert created_ms is not None
    found = Prices(book).rate(provider, model, created_ms, tier)
    assert isinstance(found, Rate), found
    return found


@pytest.mark.parametrize(
    ("provider", "model", "table", "row"),
    [
        ("bedrock", "us.anthropic.claude-3-5-haiku-20241022-v1:0", "aws", "regional.anthropic.claude-3-5-haiku-20241022-v1:0"),
        ("bedrock", "anthropic.claude-3-5-sonnet-20241022-v2%3A0", "aws", "regional.anthropic.claude-3-5-sonnet-20241022-v2:0"),
        ("bedrock", "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.amazon.nova-lite-v1:0", "aws", "amazon.nova-lite-v1:0"),
        ("bedrock", "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0", "aws", "amazon.nova-lite-v1:0"),
        ("google", "models/gemini-2.5-pro", "google", "gemini-2.5-pro"),
        ("vertex-ai", "publishers/google/models/gemini-2.5-flash", "google", "gemini-2.5-flash"),
        ("azure-openai", "gpt-4o-2024-08-06", "azure", "gpt-4o"),
        ("openai", "openai/gpt-4o-mini", "openai", "gpt-4o-mini"),
        ("openai", "openai__gpt-4o-mini", "openai", "gpt-4o-mini"),
        ("unknown", "openai__gpt-4o-mini", "openai", "gpt-4o-mini"),
        ("unknown", "anthropic/claude-3-5-sonnet-20241022", "anthropic", "claude-3-5-sonnet"),
        ("portkey", "bedrock/us.amazon.nova-lite-v1:0", "aws", "amazon.nova-lite-v1:0"),
        ("unknown", "us.amazon.nova-lite-v1:0", "aws", "amazon.nova-lite-v1:0"),
        ("unknown", "us.anthropic.claude-3-5-haiku-20241022-v1:0", "aws", "regional.anthropic.claude-3-5-haiku-20241022-v1:0"),
        ("unknown", "text-embedding-3-small", "openai", "text-embedding-3-small"),
        ("openai", "anthropic/claude-haiku-4-5", "anthropic", "claude-haiku-4-5"),  # a proxy behind OpenAI's interface
        ("groq", "openai/gpt-oss-20b", "groq", "openai/gpt-oss-20b"),  # its own name, not OpenAI's model
        ("openai", "gpt-4o-2031-02-03", "openai", "gpt-4o"),
        ("vertex-ai", "gemini-1.5-pro@002", "google", "gemini-1.5-pro"),
        ("openai", "ft:gpt-4o-mini-2024-07-18:acme::x", "openai", "ft:gpt-4o-mini"),
    ],
)
def test_models_by_any_of_their_names(provider: str, model: str, table: str, row: str) -> None:
    found = rate(provider, model)
    assert (found.provider, found.model) == (table, row)


def test_what_had_to_be_assumed_is_said() -> None:
    assert rate("openai", "gpt-4o").notes == ()
    assert "name alone" in rate("unknown", "gpt-4o").reason
    assert "no price for gpt-4o-2031-02-03 itself" in rate("openai", "gpt-4o-2031-02-03").reason
    assert "maker" in rate("azure-openai", "gpt-4o").reason
    assert "the model's name says so" in rate("openai", "anthropic/claude-haiku-4-5").reason


def test_names_of_is_bounded_and_begins_with_the_name_itself() -> None:
    assert next(names_of("a/b/c-2024-01-02")) == ("a/b/c-2024-01-02", "", "")
    assert len(list(names_of("arn:aws:x/models/" + "a/" * 1000))) < 10


# -- time, tiers, steps ------------------------------------------------------------------------------------------------


def test_a_price_is_that_of_the_day() -> None:
    usage = Usage(input_tokens=1_000_000, output_tokens=0)
    assert cost(usage, model="o3", day="2025-06-09T23:59:59.999Z").usd == 10
    assert cost(usage, model="o3", day="2025-06-10").usd == 2
    assert (rate("openai", "o3", "2025-06-10").since, rate("openai", "o3", "2025-06-09").until) == ("2025-06-10", "2025-06-09")


def test_a_price_of_the_time_of_day_is_remembered_by_time() -> None:
    """The same day, the same model: the second question does not get the first one's answer."""
    prices, usage = Prices(), Usage(input_tokens=1_000_000, output_tokens=0)
    night, day = ({"prices": prices, "provider": "deepseek", "model": "deepseek-chat", "day": at} for at in ("2026-11-20T00:29:59Z", "2026-11-20T00:30:00Z"))
    assert [cost(usage, **night).usd, cost(usage, **day).usd, cost(usage, **night).usd] == [0.135, 0.27, 0.135]


@pytest.mark.parametrize(
    ("tier", "usd", "said"),
    [("", 2.5, ""), ("default", 2.5, ""), ("standard", 2.5, ""), ("auto", 2.5, ""), ("priority", 4.25, "priority"),
     ("PRIORITY", 4.25, "priority"), ("on_demand_priority", 4.25, "on_demand_priority"), ("batch", 1.25, "batch"),
     ("scale", 2.5, "no price of its own"), ("flex", 2.5, "no price of its own"), ("x" * 1000, 2.5, "no price of its own")],
)  # fmt: skip
def test_service_tiers(tier: str, usd: float, said: str) -> None:
    found = cost(Usage(input_tokens=1_000_000, output_tokens=0, service_tier=tier))
    assert found.usd == usd
    assert said in found.reason and len(found.reason) < 400


def test_a_lent_model_has_no_tiers_of_its_maker() -> None:
    """As genai-prices has it: Azure's priority processing is not OpenAI's."""
    found = cost(Usage(input_tokens=1_000_000, output_tokens=0, service_tier="priority"), provider="azure-openai")
    assert found.usd == 2.5 and "no price of its own" in found.reason


@pytest.mark.parametrize(("tokens", "each"), [(200_000, "1.25"), (200_001, "2.5"), (0, "1.25")])
def test_above_a_step_every_token_has_its_price(tokens: int, each: str) -> None:
    found = cost(Usage(input_tokens=tokens, output_tokens=1000), provider="google", model="gemini-2.5-pro")
    output = "15" if each == "2.5" else "10"
    assert Fraction(exact(found.usd)) == by_hand(f"{tokens} * {each} / 1000000 + 1000 * {output} / 1000000")


# -- parts and totals ----------------------------------------------------------------------------------------------------

counts = st.none() | st.integers(0, 300) | st.integers(0, 2**32 - 1)
usages = st.builds(Usage, **{unit.field: counts for unit in UNITS if unit.field})
models = st.sampled_from(
    [("openai", "gpt-4o"), ("openai", "gpt-realtime"), ("anthropic", "claude-sonnet-4-5"), ("google", "gemini-2.5-flash"),
     ("google", "gemini-2.5-flash-image"), ("perplexity-ai", "sonar-deep-research"), ("openai", "gpt-5.4"), ("openai", "gpt-image-1")]
)  # fmt: skip


@given(usages, models)
def test_parts_sum_to_the_total_whatever_was_used(usage: Usage, names: tuple[str, str]) -> None:
    """Parts larger than their totals too: such a usage is odd, and its log is stored all the same."""
    found = cost(usage, provider=names[0], model=names[1])
    if found.usd is None:
        assert found.source == "no-usage"
        return
    assume(found.usd < 999)  # beyond, a float has no 12 decimals to show
    assert sum((exact(part.usd) for part in found.parts), Decimal(0)) == exact(found.usd)
    assert found.input_usd is not None and found.output_usd is not None
    assert found.input_usd + found.output_usd <= found.usd + 1e-9
    for part in found.parts:
        assert part.tokens and part.usd_per_million is not None
        assert part.usd == pytest.approx(part.tokens * part.usd_per_million / 1e6, abs=1e-12, rel=1e-12)


def test_a_part_is_charged_once() -> None:
    usage = Usage(input_tokens=100, cache_read_tokens=60, input_audio_tokens=30, cache_audio_read_tokens=20, output_tokens=0)
    found = {part.what: part.tokens for part in cost(usage, model="gpt-realtime").parts}
    assert found == {"input": 30, "cache_read": 40, "input_audio": 10, "cache_audio_read": 20}
    assert sum(found.values()) == 100


def test_a_part_without_a_price_has_that_of_its_total() -> None:
    usage = Usage(input_tokens=100, cache_read_tokens=60, cache_write_tokens=10, output_tokens=50, reasoning_tokens=40)
    assert [(part.what, part.tokens) for part in cost(usage, provider="cerebras", model="llama-3.3-70b").parts] == [("input", 100), ("output", 50)]


def test_cached_tokens_beyond_the_input_stand_beside_it() -> None:
    """Of senders that count as Anthropic does where others are expected (otel.md 8)."""
    usage = Usage(input_tokens=77, cache_read_tokens=500, cache_write_tokens=10, output_tokens=5)
    found = cost(usage, provider="anthropic", model="claude-haiku-4-5")
    assert [(part.what, part.tokens) for part in found.parts] == [("input", 77), ("cache_read", 500), ("cache_write", 10), ("output", 5)]
    assert "stand beside it" in found.reason


@pytest.mark.parametrize(("price", "usd"), [("0.0000014", 1e-12), ("0.0000015", 2e-12), ("0.0000004", 0.0)])
def test_a_part_is_rounded_once_to_1e_12_usd_half_up(price: str, usd: float) -> None:
    assert cost(Usage(input_tokens=1, output_tokens=0), priced(own(input=price, output="0"))).usd == usd


# -- own prices and discounts --------------------------------------------------------------------------------------------


def own(model: str = "gpt-4o", provider: str = "", since: str = "", until: str = "", id_: str = "p1", **parts: str) -> OwnPrice:
    return OwnPrice(id_, provider, model, {part: Decimal(usd) for part, usd in parts.items()} or {"input": Decimal(1), "output": Decimal(4)}, since, until)


def priced(*rows: OwnPrice | Discount) -> Prices:
    prices = tuple(row for row in rows if isinstance(row, OwnPrice))
    return Prices(Book(len(rows), prices, tuple(row for row in rows if isinstance(row, Discount))))


FULL = {part: str(n + 1) for n, part in enumerate(OWN_PARTS)}


def test_own_prices_hold_before_the_tables() -> None:
    found = cost(prices=priced(own()))
    assert (found.usd, found.source) == (0.0014, "own")
    assert found.price is not None and found.price.own_id == "p1" and "Own price p1" in found.reason


def test_an_own_price_has_every_part() -> None:
    usage = Usage(
        input_tokens=1000, cache_read_tokens=100, cache_write_tokens=70, cache_write_1h_tokens=30, input_audio_tokens=200,
        output_tokens=500, output_audio_tokens=50, reasoning_tokens=10,
    )  # fmt: skip
    found = cost(usage, priced(own("x", **FULL)), provider="acme", model="x")
    assert [(part.what, part.tokens, part.usd_per_million) for part in found.parts] == [
        ("input", 630, 1), ("cache_read", 100, 3), ("cache_write", 40, 4), ("cache_write_1h", 30, 5), ("input_audio", 200, 6),
        ("output", 450, 2), ("output_audio", 50, 7), ("request", 1, 8_000_000),
    ]  # fmt: skip


@pytest.mark.parametrize("left_out", ["cache_read", "cache_write", "cache_write_1h", "input_audio", "output_audio"])
def test_a_part_left_out_has_the_price_of_what_it_is_in(left_out: str) -> None:
    parent = {"cache_write_1h": "cache_write", "output_audio": "output"}.get(left_out, "input")
    usage = Usage(input_tokens=1000, output_tokens=1000, cache_write_tokens=100, **{f"{left_out}_tokens": 100} if left_out != "cache_write" else {})
    parts = {name: usd for name, usd in FULL.items() if name != left_out}
    same = cost(usage, priced(own(**parts)))
    assert same.usd == cost(usage, priced(own(**(FULL | {left_out: FULL[parent]})))).usd


@pytest.mark.parametrize(
    ("pattern", "provider", "matches"),
    [
        ("gpt-4o", "", True), ("GPT-4O", "OpenAI", True), ("gpt-4*", "", True), ("gpt-*", "open*", True), ("*", "", True),
        ("gpt-4", "", False), ("gpt-4o", "azure-openai", False), ("gpt-4o-mini*", "", False),
    ],
)  # fmt: skip
def test_own_prices_are_found_by_name_or_glob(pattern: str, provider: str, matches: bool) -> None:
    for model in ("gpt-4o", "gpt-4o-2024-08-06", "openai/gpt-4o"):
        assert (cost(model=model, prices=priced(own(pattern, provider))).source == "own") is matches, model


def test_the_most_exact_own_price_wins() -> None:
    rows = [
        own("*", id_="any", input="1", output="1"), own("gpt-*", id_="glob", input="2", output="1"),
        own("gpt-4o", id_="whole", input="3", output="1"), own("gpt-4o", "openai", id_="named", input="4", output="1"),
        own("gpt-4o", "openai", since="2026-11-01", id_="later", input="5", output="1"),
        own("gpt-4o", "openai", since="2026-12-01", id_="not yet", input="6", output="1"),
        own("gpt-4o", "openai", until="2026-11-19", id_="over", input="7", output="1"),
    ]  # fmt: skip
    for order in (rows, rows[::-1]):
        found = cost(prices=priced(*order))
        assert found.price is not None and found.price.own_id == "later"
    found = cost(prices=priced(*rows), day="2026-10-31T23:59:59Z")
    assert found.price is not None and found.price.own_id in ("named", "over")


def test_an_own_price_holds_on_its_first_and_its_last_day() -> None:
    prices = priced(own(since="2026-11-10", until="2026-11-12"))
    days = ["2026-11-09T23:59:59.999Z", "2026-11-10", "2026-11-12T23:59:59.999Z", "2026-11-13"]
    assert [cost(prices=prices, day=day).source for day in days] == ["genai-prices", "own", "own", "genai-prices"]


@pytest.mark.parametrize(
    "row",
    [
        {"model": ""}, {"input": "1"}, {"output": "1"}, {"input": "-1", "output": "1"}, {"input": "NaN", "output": "1"},
        {"input": "1e-13", "output": "1"}, {"input": "2000000", "output": "1"}, {"input": "1", "output": "1", "reasoning": "1"},
        {"since": "2026-11"}, {"since": "20261101"}, {"until": "tomorrow"}, {"since": "2026-11-02", "until": "2026-11-01"},
    ],
)  # fmt: skip
def test_a_price_that_could_not_be_multiplied_is_refused(row: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"\w+ \w+"):
        own(**row)


@pytest.mark.parametrize("percent", ["0", "-1", "100.1", "NaN"])
def test_a_discount_is_a_percentage(percent: str) -> None:
    with pytest.raises(ValueError, match="percent"):
        Discount("d", Decimal(percent))


def test_a_discount_is_taken_off_computed_costs_and_never_off_sent_ones() -> None:
    discount = Discount("d1", Decimal("12.5"))
    assert cost(prices=priced(discount)).usd == 0.0030625
    assert cost(prices=priced(own(), discount)).usd == 0.001225
    assert cost(prices=priced(discount), stated_usd=1.0).usd == 1.0
    found = cost(prices=priced(discount))
    assert found.price is not None and (found.price.discount_id, found.price.discount_percent) == ("d1", 12.5)
    assert "12.5 %" in found.reason


def test_of_several_discounts_the_most_exact_holds_alone() -> None:
    prices = priced(Discount("a", Decimal(50)), Discount("b", Decimal(10), "openai"), Discount("c", Decimal(20), "openai", "gpt-4*"))
    assert cost(prices=prices).usd == 0.0028
    assert cost(prices=prices, model="o3").usd == cost(Usage(input_tokens=900, output_tokens=90), model="o3").usd


@given(usages, models, st.decimals("0.01", "99.9", places=2), st.decimals("0.01", "99.9", places=2))
def test_a_larger_discount_never_costs_more(usage: Usage, names: tuple[str, str], one: Decimal, other: Decimal) -> None:
    low, high = sorted((one, other))
    found = [cost(usage, priced(*rows), provider=names[0], model=names[1]).usd for rows in ((), (Discount("l", low),), (Discount("h", high),))]
    assume(found[0] is not None)
    none, less, least = (exact(usd) for usd in found)
    assert least <= less <= none
    assert float(less) == pytest.approx(float(none) * float(1 - low / 100), rel=1e-9, abs=1e-11)


def test_a_running_server_follows_own_prices() -> None:
    books = [Book(), Book(1, (own(),))]
    at = 0
    prices = Prices.load(lambda: books[at])
    assert not prices.refresh() and prices.version == f"genai-prices {GENAI_VERSION}"
    assert cost(prices=prices).source == "genai-prices"
    at = 1
    assert cost(prices=prices).source == "genai-prices", "not before it is told"
    assert prices.refresh() and not prices.refresh()
    assert cost(prices=prices).source == "own"
    assert prices.version == f"genai-prices {GENAI_VERSION} + own 1"
    assert derived_by(prices).endswith(prices.version) and derived_by(prices) != derived_by(None)


def test_what_is_remembered_is_bounded() -> None:
    prices = Prices()
    for n in range(5000):
        cost(prices=prices, provider="acme", model=f"m{n}")
    assert prices._cards._by_day.cache_info().currsize <= 4096


def test_a_missing_rate_is_told_apart() -> None:
    assert isinstance(PRICES.rate("acme", "x", NOV_20), Missing)
