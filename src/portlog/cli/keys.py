"""`portlog keys`: make, list and revoke API keys."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from portlog.catalog import ALL_SCOPES, ApiKey
from portlog.cli.parts import DataOption, JsonOption, fail, open_catalog, out
from portlog.schema.render import iso

keys_app = typer.Typer(no_args_is_help=True, help="Make, list and revoke API keys.")


@keys_app.command("create")
def create_key(
    name: Annotated[str, typer.Argument(help="What or who the key is for.")],
    scope: Annotated[
        list[str] | None, typer.Option(help=f"Repeatable; all when left out: {', '.join(ALL_SCOPES)}.")
    ] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a key and print it. It is shown this once."""
    catalog = open_catalog(data)
    try:
        text, key = catalog.create_key(name, scope or ALL_SCOPES)
    except ValueError as error:
        fail(str(error))
    finally:
        catalog.close()
    if as_json:
        print(json.dumps(_key_facts(key) | {"key": text}))
        return
    print(text)
    print(f"Key {key.id} ({name}) may: {', '.join(key.scopes)}. It is not shown again.", file=sys.stderr)


@keys_app.command("list")
def list_keys(data: DataOption = None, as_json: JsonOption = False) -> None:
    """List keys, revoked ones too; never their text."""
    catalog = open_catalog(data)
    keys = catalog.keys()
    catalog.close()
    if as_json:
        print(json.dumps([_key_facts(key) for key in keys], indent=1))
        return
    table = Table("id", "name", "key", "workspace", "scopes", "made", "last used", "revoked", box=None, pad_edge=False)
    every = set(ALL_SCOPES)
    for key in keys:
        scopes = "all" if set(key.scopes) == every else ", ".join(key.scopes)
        times = (iso(ms) if ms else "" for ms in (key.created_ms, key.last_used_ms, key.revoked_ms))
        table.add_row(key.id, escape(key.name), key.hint, key.workspace, scopes, *times)
    out.print(table if keys else "no keys yet; `portlog keys create NAME` makes one")


@keys_app.command("revoke")
def revoke_key(
    key: Annotated[str, typer.Argument(help="Id or name.")], data: DataOption = None
) -> None:
    """Revoke a key by id or name; a running server refuses it within a second."""
    catalog = open_catalog(data)
    revoked = catalog.revoke_key(key)
    catalog.close()
    if revoked is None:
        fail(f"no live key {key!r}; `portlog keys list` shows them")
    print(f"revoked {revoked.id} ({revoked.name})")


def _key_facts(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.id, "name": key.name, "hint": key.hint, "workspace": key.workspace, "scopes": list(key.scopes),
        "created_at": iso(key.created_ms), "revoked_at": iso(key.revoked_ms) if key.revoked_ms else None,
        "last_used_at": iso(key.last_used_ms) if key.last_used_ms else None,
    }  # fmt: skip
