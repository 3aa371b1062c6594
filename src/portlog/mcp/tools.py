"""What an agent can ask of the logs: six questions, each answered in compact text within a budget of tokens."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import quote, urlencode

from portlog.mcp.fence import budget, fit, neutral, reply
from portlog.schema.printable import in_a_line

_ROWS_MAX = 100
_SPANS_MAX = 10_000
_PREVIEW_CHARS = 60
_AROUND_CHARS = 200  # on each side of what was found


class Asked(Protocol):
    """A Portlog server."""

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """The JSON of a route under `/v1`."""


def _get(asked: Asked, path: str, **parameters: Any) -> Any:
    given = {name.rstrip("_"): value for name, value in parameters.items() if value not in ("", None)}
    return asked.call("GET", f"{path}?{urlencode(given)}" if given else path)


# -- search --------------------------------------------------------------------------------------------------------

HEAD = "id | time | outcome status | model | tokens in>out | cost USD | latency ms | user | trace | said"


def search(
    asked: Asked, query: str, since: str, until: str, sort: str, limit: int, cursor: str, max_tokens: int
) -> str:
    """Logs of a query, one a line."""
    parameters = {"q": f"{query} sort:{sort}".strip() if sort else query, "from_": since, "to": until, "cursor": cursor}
    size = min(_ROWS_MAX, max(1, limit))
    page = _get(asked, "/logs", **parameters, page_size=size, include_total="" if cursor else "true")
    if not page["data"]:
        return "No logs match. A wider `since` or fewer terms may find some; `fields` says what a query can name."
    lines = fit(map(_row, page["data"][:size]), budget(max_tokens))
    shown = len(lines.lines)
    total = f" of {page['total']}" if page.get("total") is not None else ""
    if lines.left_out:  # the page after those that had room
        page = _get(asked, "/logs", **parameters, page_size=shown)
    after = ["`get` shows one log whole, by its id; `trace` the tree that it is in."]
    if page["has_more"]:
        cut = f"{lines.left_out} rows had no room in max_tokens. " if lines.left_out else ""
        after.insert(0, f'{cut}More logs: the same search with cursor="{page["next_cursor"]}".')
    return reply("\n".join(lines.lines), before=f"{shown}{total} logs. Columns: {HEAD}", after=after)


def _row(row: Mapping[str, Any]) -> str:
    said = row["error_message"] or " -> ".join(filter(None, (row["preview"], row["response_preview"]))) or row["span_name"]
    cells = (
        row["id"], str(row["created_at"])[:19], f"{row['outcome']} {_text(row['http_status'])}".strip(),
        row["ai_model"] or row["kind"], f"{_text(row['req_units'])}>{_text(row['res_units'])}", _text(row["cost_usd"]),
        _text(row["response_time"]), row["user"] or "", row["trace_id"], said,
    )  # fmt: skip
    return " | ".join(in_a_line(str(cell), 240) for cell in cells)


def _text(value: Any) -> str:
    return "" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)


# -- one log -------------------------------------------------------------------------------------------------------


def get(asked: Asked, log_id: str, part: str, find: str, offset: int, max_tokens: int) -> str:
    """One log as a text, from a place in it, or the places in it where something is said."""
    text = neutral("\n".join(_PARTS[part](_get(asked, f"/logs/{quote(log_id, safe='')}"))))
    room = budget(max_tokens)
    if find:
        return _found(text, find, offset, room)
    piece = text[offset : offset + room]
    end = offset + len(piece)
    after = [f"Characters {offset} to {end} of {len(text)}."] if offset or end < len(text) else []
    if end < len(text):
        after.append(f"It goes on: the same call with offset={end}. `find` looks for a text in all of it.")
    if not piece:
        return f"There is nothing from {offset} on: it has {len(text)} characters."
    return reply(piece, before=f"Part: {part}.", after=after)


def _found(text: str, find: str, offset: int, room: int) -> str:
    places = list(_places(text.lower(), find.lower(), offset))
    if not places:
        return "Not found in this part of the log."
    lines = fit((f"[{place}] {in_a_line(_around(text, place, len(find)))}" for place in places), room)
    after = ["`get` with one of the numbers as offset shows the text from there."]
    if lines.left_out:
        later = places[len(lines.lines)]
        after.insert(0, f"{lines.left_out} more places had no room: the same call with offset={later}.")
    return reply("\n".join(lines.lines), before=f"{len(places)} places; each begins with its offset.", after=after)


def _places(text: str, find: str, at: int) -> Iterator[int]:
    while (at := text.find(find, at)) >= 0:
        yield at
        at += len(find)


def _around(text: str, place: int, length: int) -> str:
    return text[max(0, place - _AROUND_CHARS) : place + length + _AROUND_CHARS]


_FACTS = (
    "created_at", "kind", "outcome", "http_status", "model_returned", "model_requested", "finish_reason", "error_type",
    "error_message", "input_tokens", "output_tokens", "cache_read_tokens", "reasoning_tokens", "cost_usd", "cost_source",
    "first_token_ms", "user", "session", "tags", "tools",
)  # fmt: skip


def _whole(log: Mapping[str, Any]) -> Iterator[str]:
    metrics = log["metrics"]
    yield f"id: {log['_id']}"
    yield f"trace_id: {metrics.get('trace_id', '')}  span_id: {metrics.get('span_id', '')}"
    yield f"{log['request'].get('method', '')} {log['request'].get('url', '')}  {_text(metrics.get('response_time'))} ms"
    yield from (f"{name}: {_json(log[name])}" for name in _FACTS if log.get(name) not in (None, "", []))
    if log.get("metadata"):
        yield f"metadata: {_json(log['metadata'])}"
    yield ""
    yield from _conversation(log)


def _conversation(log: Mapping[str, Any]) -> Iterator[str]:
    said = log.get("conversation") or {}
    if not said.get("input") and not said.get("output"):
        yield "request: " + _json(log["request"].get("body"))
        yield "response: " + _json(log["response"].get("body"))
        return
    if said.get("tools"):
        yield "tools offered: " + ", ".join(str(tool.get("name", "")) for tool in said["tools"])
    for message in (*said.get("input", ()), *said.get("output", ())):
        yield f"[{message.get('role', '')}]"
        yield from map(_part, message.get("parts", ()))


def _part(part: Mapping[str, Any]) -> str:
    if part.get("type") == "text":
        return str(part.get("text", ""))
    return _json({name: value for name, value in part.items() if value not in (None, "")})


def _json(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


_PARTS: dict[str, Callable[[Mapping[str, Any]], Iterator[str]]] = {
    "all": _whole,
    "conversation": _conversation,
    "request": lambda log: iter([json.dumps(log["request"], ensure_ascii=False, indent=1)]),
    "response": lambda log: iter([json.dumps(log["response"], ensure_ascii=False, indent=1)]),
}
PARTS = tuple(_PARTS)


# -- a trace -------------------------------------------------------------------------------------------------------


def trace(asked: Asked, trace_id: str, max_tokens: int) -> str:
    """The spans of a trace as an indented tree."""
    found = _get(asked, f"/traces/{quote(trace_id, safe='')}", page_size=_SPANS_MAX)
    totals = found["totals"]
    lines = fit(map(_span, found["spans"]), budget(max_tokens))
    after = [f"Note: {note['code']}, {note['count']} spans." for note in found["notes"]]
    left_out = totals["spans"] - len(lines.lines)
    if left_out > 0:
        after.append(f"{left_out} spans had no room: raise max_tokens, or `search` with the trace id and narrower terms.")
    after.append("A span's id is that of its log, for `get`.")
    before = (
        f"{totals['spans']} spans, {totals['calls']} calls, {totals['errors']} errors, {_text(found['duration_ms'])} ms,"
        f" {_text(totals['cost_usd'])} USD, {totals['input_tokens']}>{totals['output_tokens']} tokens. * is on the critical path."
    )
    return reply("\n".join(lines.lines), before=before, after=after)


def _span(span: Mapping[str, Any]) -> str:
    tokens = f"{_text(span.get('input_tokens'))}>{_text(span.get('output_tokens'))}" if span.get("total_tokens") else ""
    cost = f"{_text(span['cost_usd'])} USD" if span.get("cost_usd") else ""
    failed = f"{span.get('outcome', '')} {_text(span.get('status'))} {span.get('error_message', '')}".strip()
    pieces = (
        f"{'*' if span.get('on_critical_path') else '-'} {span.get('name', '')}", span.get("kind", "missing"),
        span.get("model", ""), f"+{_text(span['start_ms'])} {_text(span.get('duration_ms'))} ms", tokens, cost,
        failed if span.get("outcome") not in ("success", None) else "", str(span.get("preview", ""))[:_PREVIEW_CHARS],
        span.get("id", ""),
    )  # fmt: skip
    return "  " * min(int(span["depth"]), 40) + in_a_line(" | ".join(piece for piece in pieces if piece), 400)


# -- figures -------------------------------------------------------------------------------------------------------


_COLUMNS = "cost,total_tokens,avg_latency,error_count"


def stats(asked: Asked, query: str, since: str, until: str, by: str, max_tokens: int) -> str:
    """Totals of a query, and of its calls by a dimension."""
    found = _get(asked, "/logs/stats", q=query, from_=since, to=until)
    before = "Totals: " + "; ".join(f"{name} {_figure(value)}" for name, value in found["totals"].items())
    if not by:
        return before
    place = f"metadata/{quote(by[9:], safe='')}" if by.startswith("metadata.") else quote(by, safe="")
    path = f"/analytics/groups/{place}"
    page = _get(asked, path, q=query, from_=since, to=until, page_size=_ROWS_MAX, columns=_COLUMNS)
    if not page["data"]:
        return f"{before}\nNo calls have a value there."
    names = [name for name in page["data"][0] if name != "object"]
    rows = (" | ".join(in_a_line(_figure(row.get(name)), 120) for name in names) for row in page["data"])
    lines = fit(rows, budget(max_tokens))
    left_out = page["total"] - len(lines.lines)
    after = [f"{left_out} further groups are not shown: raise max_tokens, or ask `sql`."] if left_out > 0 else []
    before += f"\nColumns: {' | '.join(names)}. cost is in cents, latency in ms."
    return reply("\n".join(lines.lines), before=before, after=after)


def _figure(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(f"{name} {_text(each)}" for name, each in value.items())
    return _text(value)


# -- SQL -----------------------------------------------------------------------------------------------------------


def sql(asked: Asked, statement: str, limit: int, max_tokens: int) -> str:
    """The rows of a SELECT, one a line."""
    found = asked.call("POST", "/query", {"sql": statement, "limit": min(10_000, max(1, limit))})
    rows = (" | ".join(in_a_line(_cell(value), 2_000) for value in row) for row in found["rows"])
    lines = fit(rows, budget(max_tokens))
    head = " | ".join(in_a_line(str(column["name"]), 120) for column in found["columns"])
    after = []
    if lines.left_out:
        after.append(f"{lines.left_out} rows had no room: raise max_tokens, or select fewer columns or rows.")
    if found["truncated"]:
        after.append("There are more rows than limit: raise it, or group.")
    before = f"{found['row_count']} rows. The first line names the columns."
    return reply("\n".join([head, *lines.lines]), before=before, after=after)


def _cell(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


# -- what can be named ---------------------------------------------------------------------------------------------

_SYNTAX = """Terms are joined by space (and), OR, - (not), parentheses: model:gpt-4o* status:>=400 -user:bot "exact phrase".
field:a,b one of several; :=text exactly; :>5 :<=2s :1..10 compare; :* has a value; ~/regex/. metadata.KEY:value. Bare words
search text. sort:cost, sort:+time. Fields:"""


def fields(asked: Asked, max_tokens: int) -> str:
    """What a query and what SQL can name. All of it is ours, so it needs no fence."""
    named = (f"{f['name']} ({f['type']}) {_values(f['values'])}{f['meaning']}" for f in _get(asked, "/fields")["data"])
    views = (f"SQL view {view['name']}: {_columns(view['columns'])}" for view in _get(asked, "/query/views")["data"])
    lines = fit([_SYNTAX, *views, *named], budget(max_tokens))
    left = f"\n{lines.left_out} fields had no room: raise max_tokens." if lines.left_out else ""
    return "\n".join(lines.lines) + left


def _values(values: Sequence[str] | None) -> str:
    return f"[{' '.join(values)}] " if values else ""


def _columns(columns: Iterable[Mapping[str, Any]]) -> str:
    return ", ".join(str(column["name"]) for column in columns)
