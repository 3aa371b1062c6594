"""Writes the generated parts of docs/ from the program's own tables, in place.

    python tools/gen_docs.py          rewrite what is stale
    python tools/gen_docs.py --check  name what is stale, change nothing; status 1 if there is any

A page holds `<!-- generated: NAME -->` … `<!-- end generated -->`; what stands between comes from `BLOCKS[NAME]`,
and prose around it is nobody's but the writer's. tests/house/test_docs.py fails while a page is stale.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

import typer.main  # noqa: E402 - after the path, like all of ours

from portlog.api.routes import ROUTES, Route  # noqa: E402
from portlog.catalog import SCOPES  # noqa: E402
from portlog.cli import app  # noqa: E402
from portlog.errors import ERRORS  # noqa: E402
from portlog.exports.fields import FIELDS as EXPORTED  # noqa: E402
from portlog.query.figures import FIGURES  # noqa: E402
from portlog.query.filters import PARAMETERS  # noqa: E402
from portlog.query.free.permitted import TABLE_FUNCTIONS, functions  # noqa: E402
from portlog.query.graphs import GRAPHS, Graph, Part  # noqa: E402
from portlog.query.groups import COLUMNS as GROUP_COLUMNS  # noqa: E402
from portlog.query.groups import DIMENSIONS  # noqa: E402
from portlog.query.language.fields import FIELDS, TYPES, Field, Type  # noqa: E402
from portlog.query.notes import LEFT_OUT, NOTES  # noqa: E402
from portlog.schema.columns import BY_NAME as COLUMN  # noqa: E402
from portlog.schema.columns import COLUMNS, Column  # noqa: E402
from portlog.schema.providers import HOSTS  # noqa: E402
from portlog.settings import SETTINGS, Setting  # noqa: E402
from portlog.store.sql import VIEWS, View  # noqa: E402
from portlog.telemetry import METRICS  # noqa: E402

BLOCK = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end generated -->)", re.DOTALL)


def main(words: Sequence[str]) -> int:
    stale = [(page, text) for page, text in pages() if page.read_text(encoding="utf-8") != text]
    for page, text in stale:
        print(f"{'stale' if '--check' in words else 'written'}: {page.relative_to(ROOT)}")
        if "--check" not in words:
            page.write_text(text, encoding="utf-8")
    return 1 if stale and "--check" in words else 0


def pages() -> Iterator[tuple[Path, str]]:
    """Every page with generated parts, and the text that it should have."""
    for page in sorted((ROOT / "docs").rglob("*.md")):
        text = page.read_text(encoding="utf-8")
        if BLOCK.search(text):
            yield page, BLOCK.sub(lambda match: f"{match[1]}{BLOCKS[match[2]]()}{match[3]}", text)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def code(text: str) -> str:
    return f"`{text}`" if text else ""


# -- the blocks --------------------------------------------------------------------------------------------


def settings() -> str:
    rows = [
        (code(s.name), code(_default(s)), "" if s.unit in ("text", "choice") else s.unit, _bounds(s), s.help)
        for s in SETTINGS
    ]
    return table(("name", "default", "unit", "allowed", "meaning"), rows)


def _default(setting: Setting) -> str:
    value = setting.default
    if setting.unit == "bytes" and value % 1024**2 == 0:
        return f"{value // 1024**2}m"
    return '""' if value == "" else str(value)


def _bounds(setting: Setting) -> str:
    if setting.choices:
        return ", ".join(map(code, setting.choices))
    low = "" if setting.minimum is None else f"from {setting.minimum}"
    return low if setting.maximum is None else f"{low} to {setting.maximum}"


def errors() -> str:
    return table(
        ("slug", "HTTP status", "code", "type", "what to do"),
        [(code(e.slug), str(e.status), code(e.code), code(e.type), e.remedy) for e in ERRORS],
    )


def columns() -> str:
    return table(
        ("column", "type", "unit", "in replies as", "filter", "meaning"),
        [(code(c.name), code(c.type), c.unit, code(c.wire), _filter(c), c.meaning) for c in COLUMNS],
    )


def _filter(column: Column) -> str:
    return column.filter or ("one log only" if column.heavy else "")


def routes() -> str:
    return table(
        ("method", "path", "key", "what it does"),
        [(r.method, _paths(r), _demand(r), r.summary) for r in ROUTES],
    )


def _paths(route: Route) -> str:
    return f"{code('/v1' + route.path)}, {code(route.path)}" if route.versioned else code(route.path)


def _demand(route: Route) -> str:
    if route.public:
        return "none"
    return f"scope {code(route.scope)}" if route.scope else "any"


def filters() -> str:
    return table(("parameter", "meaning"), [(code(p.name), p.meaning) for p in PARAMETERS])


def fields() -> str:
    return table(
        ("field", "other names", "type", "unit", "fixed values", "meaning"),
        [(code(f.name), _codes(f.names[1:]), f.type, f.unit, _codes(f.values), _meaning(f)) for f in FIELDS],
    )


def _meaning(field: Field) -> str:
    return field.meaning or COLUMN[field.column].meaning


def field_types() -> str:
    return table(
        ("type", "after the field", "values"),
        [(t.name, " ".join(map(code, t.operators)), _literals(t)) for t in TYPES.values()],
    )


def _literals(type_: Type) -> str:
    says = type_.says or ("any text" if type_.textual else "the fixed values")
    return f"{says}; compared with {type_.bound_says}" if type_.bound_says else says


def _codes(names: Iterable[str]) -> str:
    return " ".join(map(code, names))


def exported() -> str:
    return table(
        ("field", "type", "also accepted", "whose", "meaning"),
        [(code(f.name), f.type, code(f.alias), "Portkey" if f.vendor else "ours", f.meaning) for f in EXPORTED],
    )




def graphs() -> str:
    return table(
        ("path below `/v1/analytics/graphs`", "unit", "what", "summary", "points"),
        [(_graph_paths(g), g.unit, g.meaning, _keys(g.summary), _point(g)) for g in GRAPHS],
    )


def _graph_paths(graph: Graph) -> str:
    return ", ".join(map(code, (graph.path, *graph.aliases)))


def _keys(parts: Sequence[Part]) -> str:
    """`key` where key and figure have one name, else `key` (figure); ours are told by a star."""
    shown = [code(p.key) + ("\\*" if p.ours else "") + ("" if p.key == p.figure else f" ({p.figure})") for p in parts]
    return ", ".join(shown) or "empty"


def _point(graph: Graph) -> str:
    key = {"time": "timestamp"}.get(graph.by, graph.by)
    return f"{code(key)}, {_keys(graph.point)}"


def figures() -> str:
    return table(("figure", "unit", "meaning"), [(f.name, f.unit, f.meaning) for f in FIGURES])


def group_columns() -> str:
    return table(
        ("column", "figure", "whose"),
        [(code(name), figure, "ours" if ours else "Portkey's") for name, figure, ours in GROUP_COLUMNS],
    )


def dimensions() -> str:
    rows = [(code(d.name), d.meaning, "ours" if d.ours else "Portkey's", _no_value(d.named_only)) for d in DIMENSIONS]
    return table(("dimension", "meaning", "whose", "requests without a value"), rows)


def _no_value(named_only: bool) -> str:
    return "are left out" if named_only else 'are the group `""`'
def notes() -> str:
    return table(("note", "meaning"), [(code(n.code), n.meaning) for n in (*NOTES, LEFT_OUT)])


def metrics() -> str:
    return table(
        ("metric", "kind", "labels", "meaning"),
        [(code(m.name), m.kind.__name__.lower(), ", ".join(map(code, m.labels)), m.meaning) for m in METRICS],
    )


def views() -> str:
    return "\n".join(map(_view, VIEWS))


def _view(view: View) -> str:
    columns = [(code(c.name), code(c.type), c.unit, c.meaning) for c in view.columns]
    return f"### `{view.name}`\n\n{view.meaning}\n\n{table(('column', 'type', 'unit', 'meaning'), columns)}"


def sql_functions() -> str:
    rows = [(section, _codes(sorted(names))) for section, names in functions().items()]
    return table(("kind", "functions"), [*rows, ("in FROM", _codes(sorted(TABLE_FUNCTIONS)))])


def scopes() -> str:
    return table(("scope", "allows to"), [(code(name), meaning) for name, meaning in SCOPES])


def providers() -> str:
    return table(("host, or anything under it", "provider"), [(code(host), code(name)) for host, name in HOSTS])


def cli() -> str:
    return "\n".join(_command(typer.main.get_command(app), "portlog"))


def _command(command: Any, name: str) -> Iterator[str]:
    """One command and those under it. Typer's objects are read by the few attributes that every version has."""
    parameters = [p for p in command.params if not getattr(p, "hidden", False)]
    arguments = [p.name.upper() for p in parameters if p.param_type_name == "argument"]
    commands = getattr(command, "commands", {})
    pieces = ["[OPTIONS]", *arguments, *(["COMMAND"] if commands else [])]
    yield f"### {code(name)}\n"
    yield f"    {name} {' '.join(pieces)}\n"
    yield f"{(command.help or '').strip()}\n"
    if parameters:
        yield table(("argument or option", "meaning"), map(_parameter, parameters))
    for sub in commands:
        yield from _command(commands[sub], f"{name} {sub}")


def _parameter(parameter: Any) -> tuple[str, str]:
    if parameter.param_type_name == "argument":
        return code(parameter.name.upper()), parameter.help or ""
    value = "" if parameter.is_flag else f" {parameter.metavar or parameter.name.upper().strip('_')}"
    return code("/".join(parameter.opts) + value), parameter.help or ""


BLOCKS: dict[str, Callable[[], str]] = {
    "settings": settings,
    "errors": errors,
    "columns": columns,
    "routes": routes,
    "filters": filters,
    "exported": exported,
    "fields": fields,
    "field_types": field_types,
    "graphs": graphs,
    "figures": figures,
    "group_columns": group_columns,
    "dimensions": dimensions,
    "notes": notes,
    "metrics": metrics,
    "scopes": scopes,
    "views": views,
    "sql_functions": sql_functions,
    "providers": providers,
    "cli": cli,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
