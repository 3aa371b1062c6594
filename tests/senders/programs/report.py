"""What every program is told and tells: where the logs go, where the provider is, and which trace each scenario made."""

from __future__ import annotations

import json
import os

LOGS = os.environ["LOGS_URL"]  # the server under test, without a path
PROVIDER = os.environ["PROVIDER_URL"]  # the mock provider, without a path
KEY = "any"  # no key is asked for on loopback, but some clients insist on one


def report(**traces: str) -> None:
    """The last line on standard output: the trace id of each scenario."""
    print("\n" + json.dumps(traces), flush=True)
