"""The tables that carry the nouns: no name twice, none unused, none unknown, and each as the machine has it."""

from __future__ import annotations

import ast
import dataclasses
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.routing import compile_path

from portlog.api.routes import ROUTES
from portlog.catalog import ALL_SCOPES, SCOPES
from portlog.errors import ERRORS
from portlog.query.figures import FIGURES
from portlog.query.filters import PAGE_PARAMETERS, PARAMETERS
from portlog.query.graphs import CACHE_SUMMARY, GRAPHS
from portlog.query.groups import COLUMNS as GROUP_COLUMNS
from portlog.query.groups import DIMENSIONS
from portlog.query.language.times import When
from portlog.query.nodes import places
from portlog.schema.columns import BY_NAME, COLUMNS
from portlog.settings import SETTINGS, Settings
from portlog.store.sql.graphs import FIGURES as EXPRESSIONS
from portlog.telemetry import METRICS
from tests.e2e.program import environment

PACKAGE = Path(__file__).parents[2] / "src" / "portlog"
TREES = {file.relative_to(PACKAGE): ast.parse(file.read_text()) for file in sorted(PACKAGE.rglob("*.py"))}

NAMES = {
    "settings": [s.name for s in SETTINGS],
    "errors": [e.slug for e in ERRORS],
    "columns": [c.name for c in COLUMNS],
    "wire names": [c.wire for c in COLUMNS if c.wire],
    "routes": [f"{r.method} {r.path}" for r in ROUTES],
    "parameters": [*(p.name for p in PARAMETERS), *PAGE_PARAMETERS],
    "graphs": [path for g in GRAPHS for path in (g.path, *g.aliases)],
    "figures": [f.name for f in FIGURES],
    "dimensions": [d.name for d in DIMENSIONS],
    "group columns": [name for name, _, _ in GROUP_COLUMNS],
    "metrics": [m.name for m in METRICS],
    "scopes": [name for name, _ in SCOPES],
}


@pytest.mark.parametrize("table", NAMES)
def test_no_name_occurs_twice(table: str) -> None:
    names = NAMES[table]
    assert sorted(names) == sorted(set(names))


def strings(*, leave_out: str = "") -> Iterator[str]:
    """Every string in the program, but for one file's."""
    for file, tree in TREES.items():
        if str(file) != leave_out:
            yield from (n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str))


def first_arguments(call: str) -> Iterator[tuple[str, ast.expr]]:
    """(place, first argument) of every call of a name."""
    for file, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == call and node.args:
                yield f"{file}:{node.lineno}", node.args[0]


# -- SETTINGS ----------------------------------------------------------------------------------------------


def test_settings_are_the_fields_of_the_frozen_record() -> None:
    """In the same order, so that one is read beside the other."""
    fields = [field.name for field in dataclasses.fields(Settings)]
    assert [*NAMES["settings"], "origins"] == fields


def test_every_setting_is_read() -> None:
    attributes = {
        node.attr
        for file, tree in TREES.items()
        if str(file) != "settings.py"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
    }
    # There is one store so far: `store` is checked by its choices and read by nobody.
    assert set(NAMES["settings"]) - attributes <= {"store"}


def test_a_setting_with_a_unit_names_it_last() -> None:
    suffixes = {"bytes": ("_bytes_max", "_bytes_min"), "ms": ("_ms",), "s": ("_seconds_max",), "logs": ("_logs_max",),
                "h": ("_hours",)}  # fmt: skip
    assert [s.name for s in SETTINGS if s.unit in suffixes and not s.name.endswith(suffixes[s.unit])] == []


# -- ERRORS ------------------------------------------------------------------------------------------------


def test_slugs_that_are_raised_are_in_the_table() -> None:
    unknown = []
    for place, argument in first_arguments("PortlogError"):
        assert isinstance(argument, ast.Constant), f"{place}: a slug is written where it is raised"
        if argument.value not in NAMES["errors"]:
            unknown.append(f"{place}: {argument.value}")
    assert unknown == []


def test_every_error_is_raised_somewhere() -> None:
    raised = {argument.value for _, argument in first_arguments("PortlogError") if isinstance(argument, ast.Constant)}
    assert set(NAMES["errors"]) - raised == set()


def test_every_error_says_what_to_do() -> None:
    assert [e.slug for e in ERRORS if not e.remedy.rstrip().endswith(".") or not re.fullmatch(r"AB\d\d", e.code)] == []


# -- COLUMNS -----------------------------------------------------------------------------------------------

_DESCRIBE = """
import json, sys
from pathlib import Path
from portlog.store import Statement, open_store
store = open_store(Path(sys.argv[1]), memory_bytes_max=2**30, query_memory_bytes_max=2**29, query_seconds_max=30)
statement = "SELECT name, type FROM system.columns WHERE table = 'logs' AND database = currentDatabase() AND default_kind NOT IN ('ALIAS', 'MATERIALIZED') ORDER BY position"
print(json.dumps([list(row) for row in store.select(Statement(statement, {}))]))
store.close()
"""


def test_an_empty_store_migrated_to_the_end_has_exactly_these_columns(tmp_path: Path) -> None:
    """On the real engine, in a process of its own: it is not to be forked, and holds one directory at a time."""
    command = [sys.executable, "-c", _DESCRIBE, str(tmp_path / "store")]
    done = subprocess.run(  # noqa: S603 - our own program
        command, env=environment(), capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    found = [tuple(row) for row in json.loads(done.stdout.splitlines()[-1])]
    assert found == [(column.name, column.type) for column in COLUMNS]


# -- PARAMETERS --------------------------------------------------------------------------------------------

_SAMPLES = ("1", "2026-11-20", "a__b", '{"k":"v"}', "words")


def columns_read(parameter: Any) -> set[str]:
    """The columns of a parameter, found by giving it something that it takes."""
    for sample in _SAMPLES:
        try:
            return {column for column, _, _ in places(parameter.read(parameter.name, sample, When(0)))}
        except Exception:  # noqa: BLE001, S112 - it takes another form
            continue
    raise AssertionError(f"none of {_SAMPLES} is a value of {parameter.name}")


@pytest.mark.parametrize("parameter", PARAMETERS, ids=lambda p: p.name)
def test_a_parameter_reads_columns_that_can_be_filtered(parameter: Any) -> None:
    for column in columns_read(parameter):
        assert BY_NAME[column].filter or column == "workspace", f"{column} says that it is no filter"


def test_every_filterable_column_has_a_parameter() -> None:
    read = set().union(*map(columns_read, PARAMETERS))
    assert {c.name for c in COLUMNS if c.filter} - read == set()


# -- ROUTES ------------------------------------------------------------------------------------------------


def test_no_route_hides_a_later_one() -> None:
    hidden = [
        f"{later.method} {later.path} is never reached: {earlier.path} comes first"
        for at, later in enumerate(ROUTES)
        for earlier in ROUTES[:at]
        if earlier.method == later.method and compile_path(earlier.path)[0].match(re.sub(r"\{.*?\}", "x", later.path))
    ]
    assert hidden == []


def test_routes_demand_scopes_that_keys_can_have() -> None:
    assert {r.scope for r in ROUTES} - {""} <= set(ALL_SCOPES)
    assert [r.path for r in ROUTES if r.public and r.scope] == []


# -- GRAPHS ------------------------------------------------------------------------------------------------


def test_every_figure_is_computed_and_shown_somewhere() -> None:
    graphs = {part.figure for g in GRAPHS for part in (*g.summary, *g.point)}
    shown = graphs | {part.figure for part in CACHE_SUMMARY} | {figure for _, figure, _ in GROUP_COLUMNS}
    assert set(NAMES["figures"]) == shown == set(EXPRESSIONS)


def test_dimensions_are_columns() -> None:
    assert {d.column for d in DIMENSIONS if not d.column.startswith("metadata.")} <= BY_NAME.keys()


# -- METRICS -----------------------------------------------------------------------------------------------


def test_metrics_are_counted_and_nothing_else_is() -> None:
    written = {text for text in strings(leave_out="telemetry.py") if re.fullmatch(r"portlog_[a-z_]+", text)}
    # Ours that are no metrics: the cookie, the program itself.
    assert written - {"portlog_session"} == set(NAMES["metrics"])
