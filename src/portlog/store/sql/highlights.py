"""The texts of a page of logs, as much of each as snippets are cut out of."""

from __future__ import annotations

from collections.abc import Sequence

from portlog.schema.ids import created_ms_of
from portlog.schema.texts import SEPARATOR
from portlog.store.sql.parts import Binder, Statement, id_set
from portlog.store.sql.text import WRITTEN

HALF_BYTES_MAX = 131_072  # of a request's or response's texts; of longer ones the two ends, half of it each


def texts(workspace: str, ids: Sequence[bytes]) -> Statement:
    """id, texts of the request, of the response, error message, error type. The times in the ids lead to the rows."""
    binder = Binder()
    moments = binder.bind([created_ms_of(log_id) for log_id in ids], "Array(Int64)")
    text = (
        f"SELECT id, {_ends(WRITTEN['request'])}, {_ends(WRITTEN['response'])}, error_message, error_type FROM logs "
        f"PREWHERE created_at IN (SELECT fromUnixTimestamp64Milli(arrayJoin({moments}), 'UTC')) "
        f"AND id IN {id_set(ids, binder)} AND workspace = {binder.bind(workspace, 'String')} "
        "ORDER BY id, revision DESC LIMIT 1 BY id"
    )
    return Statement(text, binder.values)


def _ends(half: str) -> str:
    """All of it, or its beginning and its end without the words that were cut through, as two texts."""
    size = HALF_BYTES_MAX // 2
    first = rf"replaceRegexpOne(toValidUTF8(left({half}, {size})), '\\S{{0,99}}$', '')"
    last = rf"replaceRegexpOne(toValidUTF8(right({half}, {size})), '^\\S{{0,99}}', '')"
    return f"if(length({half}) <= {HALF_BYTES_MAX}, {half}, concat({first}, char({ord(SEPARATOR)}), {last}))"
