"""The OpenAPI document covers the program: every route, every parameter that is read, and nothing besides."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from portlog.api.openapi import document, errors_of, key_of, parameters_of
from portlog.api.operations import OPERATIONS, PAGES, SHARED
from portlog.api.routes import ROUTES
from portlog.api.schemas import SHAPES
from portlog.errors import ERRORS, PortlogError
from portlog.query.filters import PARAMETERS
from portlog.query.language.times import When

PACKAGE = Path(__file__).parents[2] / "src" / "portlog"
DOCUMENT = document(ROUTES)
TOLD = [route for route in ROUTES if key_of(route) not in PAGES]


def test_every_route_has_its_row_and_every_row_a_route() -> None:
    """Whoever adds a route adds a row to OPERATIONS in api/operations.py, and its bodies to SHAPES in api/schemas.py."""
    assert {key_of(route) for route in TOLD} == set(OPERATIONS)
    assert {key_of(route) for route in ROUTES} >= PAGES


def test_a_body_is_taken_where_the_method_has_one() -> None:
    assert [key for key, row in OPERATIONS.items() if row.body and key.startswith(("GET ", "DELETE "))] == []


def test_refusals_are_rows_of_errors() -> None:
    slugs = {kind.slug for kind in ERRORS}
    assert {slug for route in TOLD for slug in errors_of(route)} <= slugs
    # Refusals of the server as a whole, before there is a route.
    assert slugs - {slug for route in TOLD for slug in errors_of(route)} == {"method-not-allowed"}


# -- parameters --------------------------------------------------------------------------------------------

_READERS = {"read_whole", "read_choice", "_bound"}
_MAPPINGS = {"parameters", "query_params", "query"}


def read_in(tree: ast.AST) -> Iterator[str]:
    """Names that are read out of something called `parameters` or `query_params`."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        function, arguments = node.func, node.args
        if isinstance(function, ast.Attribute) and function.attr == "get" and last_name(function.value) in _MAPPINGS:
            names = arguments[:1]
        elif isinstance(function, ast.Name) and function.id in _READERS:
            names = arguments[1:3] if function.id == "_bound" else arguments[1:2]
        else:
            continue
        yield from (n.value for n in names if isinstance(n, ast.Constant) and isinstance(n.value, str))


def last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def test_parameters_that_are_read_are_declared_and_the_other_way_round() -> None:
    files = [*(PACKAGE / "api").rglob("*.py"), *(PACKAGE / "query").rglob("*.py")]
    read = {name for file in files for name in read_in(ast.parse(file.read_text(encoding="utf-8")))}
    assert {"timeout_ms", "compare", "expires", "from"} <= read, "the search finds nothing any more"
    declared = {asked.name for route in TOLD for asked in parameters_of(route) if asked.where == "query"}
    assert declared == read | {parameter.name for parameter in PARAMETERS}


@pytest.mark.parametrize("parameter", PARAMETERS, ids=lambda p: p.name)
def test_a_filter_is_declared_a_number_where_it_takes_nothing_else(parameter: Any) -> None:
    (declared,) = (asked for asked in SHARED if asked.name == parameter.name)
    try:
        parameter.read(parameter.name, "2026-11-20", When(0))
        takes_numbers_only = False
    except PortlogError as error:
        takes_numbers_only = "must be a number" in error.message
    assert (declared.schema["type"] == "number") is takes_numbers_only


def test_headers_that_are_declared_are_read() -> None:
    declared = {asked.name for route in TOLD for asked in parameters_of(route) if asked.where == "header"}
    sources = "\n".join(file.read_text(encoding="utf-8") for file in PACKAGE.rglob("*.py") if file.name != "operations.py")
    assert [name for name in declared if f'.get("{name}"' not in sources] == []


def test_no_parameter_is_declared_twice() -> None:
    for route in TOLD:
        names = [asked.name for asked in parameters_of(route)]
        assert sorted(names) == sorted(set(names)), key_of(route)
    assert len({asked.name for asked in SHARED}) == len(SHARED)


# -- the document ------------------------------------------------------------------------------------------


def references(value: Any) -> set[str]:
    return set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(value)))


def test_every_schema_is_used_and_every_reference_leads_to_one() -> None:
    assert references(DOCUMENT) == set(DOCUMENT["components"]["schemas"])
    assert set(SHAPES) <= set(DOCUMENT["components"]["schemas"])


def test_schemas_are_json_schema() -> None:
    for schema in DOCUMENT["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_operations_have_names_of_their_own() -> None:
    names = [operation["operationId"] for path in DOCUMENT["paths"].values() for operation in path.values()]
    assert len(names) == len(set(names)) == len(TOLD)
    assert {"createFeedback", "updateFeedback"} <= set(names), "the vendor's names"


def test_a_scope_is_told_where_a_key_is_needed() -> None:
    for route in TOLD:
        path = ("/v1" if route.versioned else "") + route.path.replace(":path}", "}")
        security = DOCUMENT["paths"][path][route.method.lower()]["security"]
        assert bool(security) is not route.public
        assert all([*each.values()] == [[route.scope]] for each in security), key_of(route)
