"""FIGURES: every number that analytics shows, said once: its unit, what it means, how it is written.

Graphs and groups are made of them; `store.sql.graphs` has their SQL under the same names, and a test holds the two together.
A request is a log that counts (`counts` = 1): a model call, seen once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from portlog.schema.render import iso

Kind = Literal["count", "number", "moment", "counts"]


@dataclass(frozen=True)
class Figure:
    """One number over a set of requests or of feedback.

    kind   count: a whole number; number: with a fraction where it has one; moment: a time;
           counts: a list of {key: …, "count": …}, one for each value that occurs
    """

    name: str
    unit: str
    meaning: str
    kind: Kind = "number"
    key: str = ""  # of "counts"


FIGURES: tuple[Figure, ...] = (
    # how many
    Figure("requests", "requests", "Requests.", "count"),
    Figure("requests_of_users", "requests", "Requests that name a user.", "count"),
    Figure("users", "users", "Users, each once.", "count"),
    Figure("requests_per_user", "requests", "Requests that name a user, for each of these users."),
    # money
    Figure("cost", "cents", "What the logs show as their cost; requests without a price add nothing."),
    Figure("avg_cost", "cents", "That cost for each request."),
    Figure("saved", "cents", "The part of that cost that the gateway's cache answered for: it was not paid."),
    Figure("unpriced_requests", "requests", "Requests whose price is not known.", "count"),
    # tokens
    Figure("total_tokens", "tokens", "Input and output tokens.", "count"),
    Figure("input_tokens", "tokens", "Input tokens.", "count"),
    Figure("output_tokens", "tokens", "Output tokens.", "count"),
    Figure("avg_tokens", "tokens", "Input and output tokens for each request."),
    Figure("avg_input_tokens", "tokens", "Input tokens for each request."),
    Figure("avg_output_tokens", "tokens", "Output tokens for each request."),
    # latency
    Figure("timed_requests", "requests", "Requests whose latency is known.", "count"),
    Figure("avg_latency", "ms", "Mean latency of requests whose latency is known."),
    Figure("p50_latency", "ms", "Latency that half of them do not exceed; exact, nearest rank."),
    Figure("p90_latency", "ms", "Latency that 90 of 100 do not exceed; exact, nearest rank."),
    Figure("p95_latency", "ms", "Latency that 95 of 100 do not exceed; exact, nearest rank."),
    Figure("p99_latency", "ms", "Latency that 99 of 100 do not exceed; exact, nearest rank."),
    # errors
    Figure("error_count", "requests", "Requests that failed: status 400 and above, or 0.", "count"),
    Figure("error_rate", "percent", "Failed requests among all."),
    Figure("success_rate", "percent", "Requests that did not fail among all."),
    Figure("error_codes", "codes", "Statuses of failed requests, each once.", "count"),
    Figure("errors_by_code", "requests", "Failed requests by status.", "counts", "response_status_code"),
    # what the gateway rescued
    Figure("retried", "requests", "Requests that succeeded after at least one retry.", "count"),
    Figure("retried_by_count", "requests", "The same, by the number of retries.", "counts", "retry_success_count"),
    Figure("fallbacks", "requests", "Requests that succeeded on a target other than the first.", "count"),
    # the gateway's cache
    Figure("hits", "requests", "Requests answered by the gateway's cache.", "count"),
    Figure("simple_hits", "requests", "Those whose prompt was equal (`HIT`).", "count"),
    Figure("semantic_hits", "requests", "Those whose prompt was alike (`SEMANTIC HIT`).", "count"),
    Figure("cache_hit_rate", "percent", "Hits among all requests."),
    Figure("simple_savings", "cents", "What simple hits would have cost."),
    Figure("semantic_savings", "cents", "What semantic hits would have cost."),
    Figure("timed_hits", "requests", "Hits whose latency is known.", "count"),
    Figure("hit_latency", "ms", "Mean latency of hits."),
    Figure("cache_speedup", "percent", "By how much the mean latency of hits is below that of other requests."),
    # when
    Figure("first_seen", "time", "Time of the first request.", "moment"),
    Figure("last_seen", "time", "Time of the last request.", "moment"),
    # feedback on requests
    Figure("requests_with_feedback", "requests", "Requests on whose trace there is feedback, given at any time.", "count"),
    Figure("avg_weighted_feedback", "value x weight", "Mean, over these requests, of their trace's mean weighted feedback."),
    # feedback itself
    Figure("feedbacks", "feedbacks", "Feedbacks.", "count"),
    Figure("weighted_feedback", "value x weight", "Mean weighted feedback."),
)  # fmt: skip

BY_NAME: Mapping[str, Figure] = {figure.name: figure for figure in FIGURES}
assert len(BY_NAME) == len(FIGURES)

_DIGITS = 9  # behind the point: sums of floating-point numbers differ beyond, from run to run


def shown(name: str, value: Any) -> Any:
    """A figure's value as replies have it: whole numbers without a fraction (contract 9.3), times as ISO text."""
    figure = BY_NAME[name]
    if figure.kind == "count":
        return int(value)
    if figure.kind == "moment":
        return iso(int(value))
    if figure.kind == "counts":
        return [{figure.key: int(key), "count": int(count)} for key, count in sorted(value.items()) if count]
    return tidy(float(value))


def tidy(value: float) -> float | int:
    """Rounded to where it means something; without a fraction where there is none."""
    rounded = round(value, _DIGITS)
    return int(rounded) if rounded == int(rounded) else rounded


def nothing(name: str) -> Any:
    """What a figure is over no requests at all: nothing, not unknown (the vendor's schema wants a number)."""
    kind = BY_NAME[name].kind
    if kind == "counts":
        return []
    assert kind != "moment", f"{name} of nothing"
    return 0
