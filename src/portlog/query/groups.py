"""Groups: requests by the values of a dimension, with figures, order and pages (contract 9.3).

DIMENSIONS say by what one can group and split; COLUMNS which figures a group may show; GROUPS are the four groups whose
replies the vendor's schema fixes. Every dimension is also a group of its own, `/analytics/groups/{dimension}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portlog.query.figures import shown
from portlog.query.filters import Filter, refuse
from portlog.query.graph_answers import Scope
from portlog.query.parameters import read_choice, read_whole
from portlog.query.ranges import Range
from portlog.store import Store, sql


@dataclass(frozen=True)
class Dimension:
    """Something that requests have a value of."""

    name: str
    column: str  # where the value is: a column of COLUMNS, or `metadata.<key>`
    meaning: str
    ours: bool = False  # not one of the vendor's
    named_only: bool = False  # requests without a value are no group


DIMENSIONS: tuple[Dimension, ...] = (
    Dimension("ai_service", "provider", "Who answered."),
    Dimension("model", "model", "Model that answered."),
    Dimension("status_code", "status", "Status, as text."),
    Dimension("api_key", "api_key_id", "Id of the key that posted the log."),
    Dimension("config", "config", "Gateway config."),
    Dimension("workspace", "workspace", "Workspace."),
    Dimension("provider", "provider", "Who answered."),
    Dimension("prompt", "prompt_slug", "Prompt."),
    Dimension("user", "user", "User.", ours=True, named_only=True),
    Dimension("session", "session", "Session.", ours=True, named_only=True),
    Dimension("environment", "metadata._environment", "Environment, from metadata `_environment`.", ours=True),
    Dimension("kind", "kind", "llm or embedding.", ours=True),
    Dimension("outcome", "outcome", "success or error.", ours=True),
    Dimension("error_type", "error_type", "Class or code of the error.", ours=True),
    Dimension("finish_reason", "finish_reason", "Why the model stopped.", ours=True),
    Dimension("cache_status", "cache_status", "Cache status of the gateway.", ours=True),
    Dimension("virtual_key", "virtual_key", "Virtual key.", ours=True),
    Dimension("model_requested", "model_requested", "Model that was asked for.", ours=True),
    Dimension("source", "source_shape", "Form in which the log was posted.", ours=True),
)  # fmt: skip
_METADATA = "metadata."
METADATA_KEY_CHARS_MAX = 1000

COLUMNS: tuple[tuple[str, str, bool], ...] = (
    ("requests", "requests", False),
    ("cost", "cost", False),
    ("total_tokens", "total_tokens", False),
    ("avg_tokens", "avg_tokens", False),
    ("avg_input_tokens", "avg_input_tokens", False),
    ("avg_output_tokens", "avg_output_tokens", False),
    ("avg_latency", "avg_latency", False),
    ("p95_latency", "p95_latency", False),
    ("p99_latency", "p99_latency", False),
    ("success_rate", "success_rate", False),
    ("error_count", "error_count", False),
    ("cache_hit_rate", "cache_hit_rate", False),
    ("last_seen", "last_seen", False),
    ("first_seen", "first_seen", False),
    ("avg_cost", "avg_cost", True),
    ("saved", "saved", True),
    ("unpriced_requests", "unpriced_requests", True),
    ("input_tokens", "input_tokens", True),
    ("output_tokens", "output_tokens", True),
    ("p50_latency", "p50_latency", True),
    ("p90_latency", "p90_latency", True),
    ("error_rate", "error_rate", True),
    ("cache_hits", "hits", True),
    ("users", "users", True),
    ("avg_weighted_feedback", "avg_weighted_feedback", True),
    ("requests_with_feedback", "requests_with_feedback", True),
)
"""(name in `columns`, `order_by` and replies; its figure; whether it is ours)."""

_FIGURE_OF = {name: figure for name, figure, _ in COLUMNS}


@dataclass(frozen=True)
class Group:
    """How the groups of one path are shown."""

    path: str  # below /analytics/groups
    key: str  # under which a group's value stands
    dimension: str
    columns: tuple[str, ...]  # always shown, those of `columns` besides
    texts: bool = False  # these numbers are written as text: so says the vendor's schema


GROUPS: tuple[Group, ...] = (
    Group("users", "user", "user", ("requests", "cost"), texts=True),
    Group("ai-models", "ai_model", "model", ("requests",), texts=True),
    Group("workspaces", "workspace", "workspace", ("requests", "cost")),
)
_METADATA_COLUMNS = (
    "requests", "cost", "avg_tokens", "avg_weighted_feedback", "requests_with_feedback", "last_seen",
)  # fmt: skip


def metadata_group(key: str) -> Group:
    """The groups of `/analytics/groups/metadata/{key}`."""
    return Group(f"metadata/{key}", "metadata_value", _METADATA + key, _METADATA_COLUMNS)


def dimension_group(name: str) -> Group:
    """The groups of `/analytics/groups/{dimension}`.

    raises  PortlogError bad-filter when there is no such dimension
    """
    dimension_of(name, "groupBy")
    return Group(name, name, name, ("requests",))


def dimension_of(name: str, parameter: str) -> Dimension:
    """The dimension of this name, or that of a metadata key, `metadata.<key>`.

    raises  PortlogError bad-filter naming the parameter
    """
    for dimension in DIMENSIONS:
        if dimension.name == name:
            return dimension
    if name.startswith(_METADATA) and len(_METADATA) < len(name) <= METADATA_KEY_CHARS_MAX:
        return Dimension(name, name, "Value of a metadata key.", ours=True, named_only=True)
    names = ", ".join(each.name for each in DIMENSIONS)
    raise refuse(parameter, f"must be one of {names} or metadata.<key>, not {name[:80]!r}")


# -- questions -------------------------------------------------------------------------------------------------------------

PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX, PAGE_MAX = 50, 1000, 10**9


@dataclass(frozen=True, slots=True)
class GroupQuestion:
    """One page of groups. Read by `store.sql.graphs`."""

    workspace: str
    where: Filter
    range: Range
    dimension: str  # its column
    named_only: bool
    figures: tuple[str, ...]
    order_by: str  # one of `figures`, or "value"
    descending: bool
    limit: int
    offset: int
    of: str = "logs"
    among: str = ""


@dataclass(frozen=True, slots=True)
class GroupPage:
    """What a caller wants to see of groups: columns, order, page."""

    columns: tuple[str, ...] = ()
    order_by: str = "requests"  # a column, or "value"
    descending: bool = True
    limit: int = PAGE_SIZE_DEFAULT
    number: int = 0
    include_total: bool = True


def read_group_page(parameters: Mapping[str, str], group: Group) -> GroupPage:
    """`columns`, `order_by`, `order_by_type`, `page_size`, `current_page`, `include_total` (contract 9.2).

    raises  PortlogError bad-filter naming the parameter
    """
    columns = tuple(dict.fromkeys(name.strip() for name in parameters.get("columns", "").split(",") if name.strip()))
    for name in columns:
        if name not in _FIGURE_OF and name != group.key:
            raise refuse("columns", f"has no column {name[:80]!r}; there are {', '.join(_FIGURE_OF)}")
    order_by = parameters.get("order_by", "").strip() or "requests"
    if order_by not in _FIGURE_OF and order_by not in (group.key, "value"):
        raise refuse("order_by", f"must be {group.key} or one of {', '.join(_FIGURE_OF)}, not {order_by[:80]!r}")
    return GroupPage(
        columns=tuple(name for name in columns if name in _FIGURE_OF),
        order_by="value" if order_by == group.key else order_by,
        descending=read_choice(parameters, "order_by_type", ("desc", "asc")) == "desc",
        limit=read_whole(parameters, "page_size", PAGE_SIZE_DEFAULT, 0, PAGE_SIZE_MAX),
        number=read_whole(parameters, "current_page", 0, 0, PAGE_MAX),
        include_total=read_choice(parameters, "include_total", ("true", "false")) == "true",
    )


def answer_groups(store: Store, group: Group, scope: Scope, page: GroupPage) -> dict[str, Any]:
    """The reply of groups (contract 9.3); `total` is the number of groups over all pages."""
    dimension = dimension_of(group.dimension, "groupBy")
    columns = tuple(dict.fromkeys((*group.columns, *page.columns)))
    ordering = () if page.order_by == "value" else (_FIGURE_OF[page.order_by],)
    question = GroupQuestion(
        workspace=scope.workspace, where=scope.where, range=scope.range, dimension=dimension.column,
        named_only=dimension.named_only, figures=tuple(dict.fromkeys((*(_FIGURE_OF[name] for name in columns), *ordering))),
        order_by=ordering[0] if ordering else "value", descending=page.descending, limit=page.limit,
        offset=page.limit * page.number,
    )  # fmt: skip
    rows = store.select(sql.group_page(question))
    reply: dict[str, Any] = {"object": "list"}
    if page.include_total:
        reply["total"] = int(rows[0][-1]) if rows else _total_beyond(store, question)
    return reply | {"data": [_shown(group, question, columns, row) for row in rows]}


def _total_beyond(store: Store, question: GroupQuestion) -> int:
    """Of a page that holds nothing, the total cannot be read off its rows."""
    return int(store.select(sql.group_count(question))[0][0])


def _shown(group: Group, question: GroupQuestion, columns: tuple[str, ...], row: tuple[Any, ...]) -> dict[str, Any]:
    values = dict(zip(question.figures, row[1:-1], strict=True))
    shown_columns = {name: shown(_FIGURE_OF[name], values[_FIGURE_OF[name]]) for name in columns}
    if group.texts:
        shown_columns |= {name: _decimal(shown_columns[name]) for name in group.columns}
    return {group.key: row[0]} | shown_columns | {"object": "analytics-group"}


def _decimal(value: float | int) -> str:
    """A number as decimal text, without an exponent."""
    return str(value) if isinstance(value, int) else f"{value:.9f}".rstrip("0").rstrip(".")
