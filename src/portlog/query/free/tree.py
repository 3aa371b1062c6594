"""Looks at a question in free SQL as the engine's own parser reads it, before the engine is asked it.

The connection keeps a question from writing and from other workspaces, but not from files or from what the engine
tells about the machine. So only what is known goes on: one SELECT over the documented views, of known kinds of
nodes, calling known functions.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from portlog.errors import PortlogError
from portlog.query.free.permitted import HARMLESS_NAMES, NODES, TABLE_FUNCTIONS, functions, may_call
from portlog.store.sql import BY_VIEW

Node = Mapping[str, Any]

# In the words of SQL, what has no place in a question; by the member or the kind that tells of it.
_WORDS = {
    "settings": "SETTINGS", "settings_ast": "SETTINGS", "format_ast": "FORMAT", "out_file": "INTO OUTFILE",
    "compression": "INTO OUTFILE", "compression_level": "INTO OUTFILE", "stream_settings": "STREAM",
    "QueryParameter": "a parameter in braces", "SetQuery": "SETTINGS", "StreamSettings": "STREAM",
}  # fmt: skip


ONLY_SELECT = "only a SELECT can be asked; it may begin with WITH, and be several joined by UNION"


@dataclass(frozen=True)
class Used:
    """Names of a tree that only the engine can tell more of."""

    bare: frozenset[str]  # might be functions, where a lambda may stand
    heads: frozenset[str]  # of names with dots: might be databases


def look(tree: Node) -> Used:
    """Refuse what free SQL may not do; return the names to ask the engine about.

    raises  PortlogError bad-sql
    """
    if tree.get("type") != "SelectWithUnionQuery":
        raise bad(ONLY_SELECT)
    names: set[str] = set()
    heads: set[str] = set()
    for node in _nodes(tree, frozenset()):
        parts = node.get("name_parts", ())
        if len(parts) > 1:
            heads.add(parts[0])
        else:
            names.add(str(node["name"]))
    return Used(frozenset(name for name in names - _COLUMNS if not _is_harmless(name)), frozenset(heads))


_COLUMNS = frozenset(column.name for view in BY_VIEW.values() for column in view.columns)  # no functions; a test knows


def _is_harmless(name: str) -> bool:
    return may_call(name) or name.lower() in HARMLESS_NAMES


def bad(problem: str) -> PortlogError:
    """The refusal of a question."""
    return PortlogError("bad-sql", f"sql: {problem}", path="sql")


def _nodes(node: Node, tables: frozenset[str]) -> Iterator[Node]:
    """Look at a node and at all below; yield the identifiers among them.

    tables  names of WITH that can be read here
    """
    kind = node.get("type")
    if kind not in NODES:
        raise bad(f"{_WORDS.get(str(kind), str(kind))} is not allowed")
    for member in node:
        if member not in NODES[kind]:
            raise bad(f"{_WORDS.get(member, f'{member} of {kind}')} is not allowed")
    if kind == "Literal":
        return
    if kind == "Identifier":
        yield node
    elif kind in _LOOKS:
        _LOOKS[kind](node, tables)
    tables |= _named(node)
    for child in _children(node):
        yield from _nodes(child, tables)


def _children(node: Node) -> Iterator[Node]:
    for member, value in node.items():
        for each in value if isinstance(value, list) else (value,):
            if isinstance(each, dict):
                # A table's function is no scalar function: it has been looked at with its table.
                yield {**each, "name": "tuple"} if member == "table_function" else each
            elif isinstance(each, list):
                raise bad(f"{member} of {node['type']} is not allowed")


def _named(node: Node) -> set[str]:
    """The tables that a SELECT names with WITH; the first one's of a UNION hold for all of it."""
    if node["type"] == "SelectQuery":
        members = node.get("with", {}).get("children", ())
        return {each["name"] for each in members if each.get("type") == "WithElement"}
    if node["type"] == "SelectWithUnionQuery":
        first: Node = (node.get("list_of_selects", {}).get("children") or ({},))[0]
        return _named(first) if first.get("type") == "SelectQuery" else set()
    return set()


def _look_at_table(node: Node, tables: frozenset[str]) -> None:
    if len(node.get("name_parts", ())) > 1 or node["name"] not in tables | BY_VIEW.keys():
        raise bad(f"there is no view {str(node['name'])[:80]!r}: {', '.join(BY_VIEW)} can be read, by these names alone")


def _look_at_table_function(node: Node, _: frozenset[str]) -> None:
    function = node.get("table_function")
    if function and function.get("name") not in TABLE_FUNCTIONS:
        allowed = ", ".join(sorted(TABLE_FUNCTIONS - {"SQLStandardValues"}))
        raise bad(f"the table function {str(function.get('name'))[:80]!r} is not allowed: {allowed} are")


def _look_at_function(node: Node, _: frozenset[str]) -> None:
    if not may_call(node["name"]):
        raise bad(_no_function(str(node["name"])))


def _look_at_apply(node: Node, _: frozenset[str]) -> None:
    if "func_name" in node and not may_call(node["func_name"]):
        raise bad(_no_function(str(node["func_name"])))


def _no_function(name: str) -> str:
    near = difflib.get_close_matches(name.lower(), (each for names in functions().values() for each in names), n=1, cutoff=0.8)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"the function {name[:80]!r} is not allowed, or there is none{hint}"


_LOOKS = {
    "TableIdentifier": _look_at_table,
    "TableExpression": _look_at_table_function,
    "Function": _look_at_function,
    "ColumnsApplyTransformer": _look_at_apply,
}
