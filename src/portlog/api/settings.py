"""`/v1/settings`: what this server runs with, and where each value comes from. Never a secret."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from portlog.api.fields import listing
from portlog.api.parts import parts_of
from portlog.api.reply import json_reply
from portlog.settings import SETTINGS, Setting, Settings


async def settings(request: Request) -> Response:
    """`GET /v1/settings`: every setting, in the order of the reference."""
    values = parts_of(request).settings
    return json_reply(listing([shown(setting, values) for setting in SETTINGS]))


def shown(setting: Setting, values: Settings) -> dict[str, Any]:
    """A setting as the API shows it; of a secret only whether it is set."""
    value, default = _plain(setting, getattr(values, setting.name)), _plain(setting, setting.default)
    if setting.secret:
        value, default = ("[set]" if value else ""), ""
    return {
        "object": "setting",
        "name": setting.name,
        "value": value,
        "default": default,
        "changed": value != default,
        "origin": values.origins[setting.name],
        "unit": setting.unit,
        "choices": list(setting.choices),
        "minimum": setting.minimum,
        "maximum": setting.maximum,
        "flag": setting.flag,
        "env": setting.env,
        "help": setting.help,
    }


def _plain(setting: Setting, value: Any) -> Any:
    """A path as text in its one spelling, so that the default and the same value given read alike."""
    return str(Path(value)) if setting.unit == "path" else value
