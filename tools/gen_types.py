"""Writes ui/src/api/generated/openapi.ts, the types of the API's bodies, from the document that the server gives.

    python tools/gen_types.py          rewrite it
    python tools/gen_types.py --check  say whether it is stale, change nothing; status 1 if it is

Types only: nothing of it is in the dashboard that is built. Paths are left out, since the dashboard has its own few calls.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

from portlog.api.openapi import document  # noqa: E402 - after the path
from portlog.api.routes import ROUTES  # noqa: E402

TYPES = ROOT / "ui" / "src" / "api" / "generated" / "openapi.ts"
PROGRAM = ROOT / "ui" / "node_modules" / "openapi-typescript" / "bin" / "cli.js"


def main(words: Sequence[str]) -> int:
    text = generated()
    if TYPES.exists() and TYPES.read_text(encoding="utf-8") == text:
        return 0
    if "--check" in words:
        print(f"stale: {TYPES.relative_to(ROOT)}; `npm run types` in ui/ writes it anew")
        return 1
    TYPES.parent.mkdir(parents=True, exist_ok=True)
    TYPES.write_text(text, encoding="utf-8")
    print(f"written: {TYPES.relative_to(ROOT)}")
    return 0


def generated() -> str:
    """What openapi-typescript makes of the document's schemas."""
    told = document(ROUTES)
    schemas = {"schemas": told["components"]["schemas"]}
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "openapi.json", Path(folder) / "openapi.ts"
        source.write_text(json.dumps(told | {"paths": {}, "components": schemas}), encoding="utf-8")
        command = ["node", str(PROGRAM), str(source), "--output", str(target)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return target.read_text(encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
