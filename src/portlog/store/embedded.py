"""The engine in this process: chDB, driven through clickhouse-connect. One directory, one process, a connection a thread.

Inserts go by `insert_arrow`, which raises when the engine stored nothing; the engine's streaming insert
(`send_insert`) reports success on a full disk and must never be used for what has to last.
"""

from __future__ import annotations

import contextlib
import copy
import os
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import clickhouse_connect
from clickhouse_connect.driver.exceptions import ClickHouseError

from portlog.errors import PortlogError, StartError
from portlog.schema.columns import Row
from portlog.schema.feedback import Feedback
from portlog.store import migrate, rows, sql
from portlog.store.asking import Asking, Cancelled, Progress
from portlog.store.reader import TOO_LARGE, Reader, refusal
from portlog.store.rows import Fill, Version
from portlog.store.sql import Statement, engine, views

_CONFIG = """<clickhouse>
  <logger><level>none</level></logger>
  <max_server_memory_usage>{memory}</max_server_memory_usage>
  <mark_cache_size>67108864</mark_cache_size>
  <uncompressed_cache_size>0</uncompressed_cache_size>
  <background_pool_size>2</background_pool_size>
  <background_merges_mutations_concurrency_ratio>1</background_merges_mutations_concurrency_ratio>
  <background_schedule_pool_size>4</background_schedule_pool_size>
  <background_common_pool_size>2</background_common_pool_size>
  <background_move_pool_size>1</background_move_pool_size>
  <background_fetches_pool_size>1</background_fetches_pool_size>
  <background_buffer_flush_schedule_pool_size>1</background_buffer_flush_schedule_pool_size>
  <background_message_broker_schedule_pool_size>1</background_message_broker_schedule_pool_size>
  <background_distributed_schedule_pool_size>1</background_distributed_schedule_pool_size>
  <max_thread_pool_size>200</max_thread_pool_size>
  <max_thread_pool_free_size>4</max_thread_pool_free_size>
  <users_config>{users}</users_config>
</clickhouse>
"""

# What this program can do in the engine, whoever asks: nothing reaches out to URLs, other machines or programs.
# READ ON FILE is what the driver's inserts need.
_USERS = """<clickhouse>
  <profiles><default/></profiles>
  <quotas><default/></quotas>
  <users><default>
    <password></password><networks><ip>::/0</ip></networks><profile>default</profile><quota>default</quota>
    <grants>
      <query>GRANT ALL ON default.*</query>
      <query>GRANT ALL ON ask.*</query>
      <query>GRANT SELECT ON system.*</query>
      <query>GRANT KILL QUERY, SYSTEM ON *.*</query>
      <query>GRANT TABLE ENGINE ON MergeTree</query>
      <query>GRANT TABLE ENGINE ON ReplacingMergeTree</query>
      <query>GRANT READ ON FILE</query>
    </grants>
  </default></users>
</clickhouse>
"""

# A plain, synchronous insert: what it returns from is on disk. Partitions are as many as the batch has weeks.
_INSERT = {"async_insert": 0, "max_partitions_per_insert_block": 0}

# A delete as a small patch part, not as a rewrite of every part that it touches.
_REMOVE = {"lightweight_delete_mode": "lightweight_update_force"}

# Engine error codes that mean "ask for less", not "we are broken" (ClickHouse's ErrorCodes.cpp).
_LIMIT_CODES = {
    159: "took longer than query_seconds_max",
    241: "needs more memory than query_memory_bytes_max",
    396: TOO_LARGE,
    427: "holds a regular expression that the engine cannot take: it is too large",
}
_ALL_QUESTIONS = "(total)"  # in the engine's words when not this question's memory is at its cap, but all of it

# How often the engine is told to end a statement, and how long that is waited for each time.
_KILLS_MAX, _KILL_SECONDS = 100, 0.02


class StoreError(Exception):
    """The engine refused or failed; nothing is known to have been stored by the call."""


class EmbeddedStore:
    """The verbs of a store on the embedded engine. Thread-safe."""

    def __init__(
        self, path: Path, *, memory_bytes_max: int, query_memory_bytes_max: int, query_seconds_max: int
    ) -> None:
        """Open the store at `path`, made when it is not there; run what migrations it lacks.

        raises  StartError when another process has it, or the engine cannot open it
        """
        self._path, self._local = path, threading.local()
        self._clients: list[Any] = []
        self._lock = threading.Lock()
        self._views_to_make = list(views.make_views())  # with the first question in free SQL
        self._views_lock = threading.Lock()
        self._limits = {
            "max_execution_time": query_seconds_max,
            "max_memory_usage": query_memory_bytes_max,
            "max_threads": min(4, os.cpu_count() or 1),
        }
        self._asking: Asking | None = None
        path.mkdir(parents=True, exist_ok=True)
        # The driver hands each batch to the engine through a temporary file: bodies must not leave the data directory.
        scratch = path.parent / "tmp"
        scratch.mkdir(mode=0o700, exist_ok=True)
        tempfile.tempdir = str(scratch)
        self._config = path.parent / "engine.xml"
        users = path.parent / "engine-users.xml"
        users.write_text(_USERS, encoding="utf-8")
        config = _CONFIG.format(memory=memory_bytes_max, users=escape(str(users.resolve())))
        self._config.write_text(config, encoding="utf-8")
        try:
            self._connect()  # nobody uses it: the engine ends with its last connection, and the others come and go
        except (ClickHouseError, RuntimeError) as error:
            raise StartError(_open_failed(path, str(error))) from error

    @contextlib.contextmanager
    def _client(self) -> Iterator[Any]:
        """This thread's connection; the engine itself is shared. Given up after anything went wrong on it.

        The engine keeps what a statement had put out before it failed or was killed, and puts it before the answer of
        the next one: rows of another question, perhaps of another workspace.
        """
        client = getattr(self._local, "client", None)
        if client is None:
            client = self._local.client = self._connect()
        try:
            yield client
        except BaseException:
            self._local.client = None
            self._disconnect(client)
            raise

    def _connect(self) -> Any:
        client = clickhouse_connect.get_client(
            interface="chdb",
            path=str(self._path),
            chdb_options={"config-file": str(self._config)},
        )
        with self._lock:
            self._clients.append(client)
        return client

    def migrate(self) -> int:
        """Bring the tables to this release's layout; return how many migrations ran.

        raises  StartError when the engine cannot use what it finds, or the data is of a newer release
        """
        try:
            return self._migrate()
        except (ClickHouseError, RuntimeError) as error:
            raise StartError(_open_failed(self._path, str(error))) from error

    def _migrate(self) -> int:
        with self._client() as client:
            client.command(
                "CREATE TABLE IF NOT EXISTS migrations (number UInt32, name String, ran_at DateTime('UTC') DEFAULT now())"
                " ENGINE = MergeTree ORDER BY number SETTINGS fsync_after_insert = 1, fsync_part_directory = 1"
            )
            done = client.query("SELECT max(number) FROM migrations").result_rows[0][0]
            return migrate.run(
                int(done),
                client.command,
                lambda m: client.command(f"INSERT INTO migrations (number, name) VALUES ({m.number}, '{m.name}')"),
            )

    def apply(self, batch: Sequence[Row], gone: Sequence[Version] = (), fills: Sequence[Fill] = ()) -> None:
        """Store rows, then remove what they replace, then fill in links; on return all of it is on disk.

        Rows of one week become one part, all or none. The new row of a log is there before the old one goes: for
        some ms a question may see both, never none.
        raises  StoreError: some of it may have been done; ask again what is there before trying again
        """
        try:
            with self._client() as client:
                if batch or not (gone or fills):
                    client.insert_arrow("logs", rows.table(batch), settings=_INSERT)
                for statement in sql.removals(gone):
                    client.command(statement.text, parameters=statement.values, settings=_REMOVE)
                for statement in sql.fillings(fills):
                    client.command(statement.text, parameters=statement.values)
        except (ClickHouseError, RuntimeError) as error:
            raise StoreError(_first_line(error)) from error

    def keep_feedback(self, given: Sequence[Feedback]) -> None:
        """Store revisions of feedback; on return they are on disk. Those created in one month are kept all or none.

        raises  StoreError: some of it may have been stored; ask before trying again
        """
        try:
            with self._client() as client:
                client.insert_arrow("feedback", rows.feedback_table(given), settings=_INSERT)
        except (ClickHouseError, RuntimeError) as error:
            raise StoreError(_first_line(error)) from error

    def present(self, first_seq: int, last_seq: int) -> set[bytes]:
        """Ids of the stored logs that came from write-ahead log records first_seq..last_seq."""
        return {bytes(row[0]) for row in self.select(sql.present(first_seq, last_seq))}

    def select(self, statement: Statement) -> list[tuple[Any, ...]]:
        """Answer one question within its limits of time and memory.

        raises  PortlogError query-limit, overloaded, or store-unavailable; Cancelled
        """
        with self._bounded() as limits, self._client() as client:
            found = client.query(statement.text, parameters=statement.values, settings=statement.settings | limits).result_rows
            self._see_it_was_whole()
        return list(found)

    def stream(self, statement: Statement) -> Iterator[list[tuple[Any, ...]]]:
        """Answer one question in blocks of rows, as the caller takes them: in flat memory, however many there are.

        Over a connection of its own, which lives until the iterator has ended or is closed. No limit of time: how
        long it takes is the caller's doing.
        raises  as `select`, from any of its steps
        """
        client = self._connect()
        try:
            with (
                self._bounded() as limits,
                client.query_row_block_stream(
                    statement.text, parameters=statement.values, settings=statement.settings | limits | {"max_execution_time": 0}
                ) as blocks,
            ):
                yield from blocks
                self._see_it_was_whole()
        finally:
            self._disconnect(client)

    @contextlib.contextmanager
    def reader(self, workspace: str, *, rows_max: int, bytes_max: int) -> Iterator[Reader]:
        """A connection of its own that reads the views of one workspace and can do nothing else, for free SQL.

        rows_max   of a result; further rows are left out
        bytes_max  of a result; a larger one is refused
        """
        bounds: dict[str, str | int | float] = {
            "limit": rows_max, "max_result_bytes": bytes_max, "result_overflow_mode": "throw", "date_time_output_format": "iso",
            "max_bytes_before_external_group_by": 0, "max_bytes_before_external_sort": 0, "max_threads": 2,
        }  # fmt: skip
        client = self._connect()
        try:
            with self._read() as limits:
                self._make_views()
                bounds = limits | bounds
            reader = Reader(client, self._read)
            reader.confine(workspace, bounds)
            yield reader
        finally:
            self._disconnect(client)

    def _make_views(self) -> None:
        with self._views_lock:
            while self._views_to_make:
                with self._client() as client:
                    client.command(self._views_to_make[0])
                del self._views_to_make[0]

    @contextlib.contextmanager
    def _read(self) -> Iterator[dict[str, Any]]:
        """As `_bounded`, of a reader's statement."""
        try:
            if self._asking is None:
                yield self._limits
                return
            with self._asking.running():
                yield self._limits | _settings_of(self._asking)
        except (ClickHouseError, RuntimeError) as error:
            if self._asking is not None and self._asking.cancelled:
                raise Cancelled from error
            told = _refusal(error)
            if told.kind.slug == "store-unavailable":  # none of its limits: the question is wrong
                told = refusal(error, str(self._path.resolve()))
            raise told from error

    @contextlib.contextmanager
    def _bounded(self) -> Iterator[dict[str, Any]]:
        """Around one statement: the settings that bound it; what the engine refuses, as it is told to callers."""
        try:
            if self._asking is None:
                yield self._limits
                return
            with self._asking.running():
                yield self._limits | _settings_of(self._asking)
        except (ClickHouseError, RuntimeError) as error:
            if self._asking is not None and self._asking.cancelled:
                raise Cancelled from error
            raise _refusal(error) from error

    def _see_it_was_whole(self) -> None:
        """A killed statement may end as if it had answered, without its last rows."""
        if self._asking is not None and self._asking.cancelled:
            raise Cancelled

    def asked(self, asking: Asking) -> EmbeddedStore:
        """The same store, for one question: its statements share the question's time and end when it is given up."""
        store = copy.copy(self)
        store._asking = asking
        return store

    def cancel(self, asking: Asking) -> None:
        """Give a question up, and return when the engine works on it no more, or soon will.

        A statement may be on its way to the engine while it is looked for there: so it is looked for again.
        """
        asking.cancel()
        kill = engine.kill(asking.tag)
        for _ in range(_KILLS_MAX):
            if asking.ended(_KILL_SECONDS):
                return
            with contextlib.suppress(ClickHouseError, RuntimeError), self._client() as client:  # its limits end it then
                client.query(kill.text, parameters=kill.values)

    def progress(self, tags: Sequence[str]) -> dict[str, Progress]:
        """How far the statements of these questions (`Asking.tag`) are; those that run none just now are not in it.

        raises  PortlogError store-unavailable
        """
        return {str(tag): Progress(int(read), int(total) or None) for tag, read, total in self.select(engine.progress(tags))}

    def _disconnect(self, client: Any) -> None:
        with self._lock:
            if client in self._clients:  # else the store is closed, and the connection with it
                self._clients.remove(client)
        with contextlib.suppress(ClickHouseError, RuntimeError):
            client.close()

    def relax(self) -> None:
        """Give memory that the engine keeps for later back to the system; for quiet moments."""
        with contextlib.suppress(ClickHouseError, RuntimeError), self._client() as client:  # given back later then
            client.command("SYSTEM JEMALLOC PURGE")

    def close(self) -> None:
        """Close every connection; the engine flushes what it holds. No other verb may run."""
        with self._lock:
            for client in self._clients:
                with contextlib.suppress(ClickHouseError, RuntimeError):  # closing is best effort: data is synced
                    client.close()
            self._clients.clear()


def _settings_of(asking: Asking) -> dict[str, Any]:
    """raises  PortlogError query-limit when the question's time has passed"""
    left = asking.seconds_left
    if left <= 0:
        raise PortlogError("query-limit", f"the question {_LIMIT_CODES[159]}")
    return {"max_execution_time": round(left, 3) or 0.001, "log_comment": asking.tag}


def _refusal(error: Exception) -> PortlogError:
    text = str(error)
    if "Code: 241." in text and _ALL_QUESTIONS in text:
        problem = "the store is at engine_memory_bytes_max"
        return PortlogError("busy", f"{problem} with what is asked and stored just now", retry_after_seconds=1)
    for code, problem in _LIMIT_CODES.items():
        if f"Code: {code}." in text:
            return PortlogError("query-limit", f"the question {problem}")
    return PortlogError("store-unavailable", f"the store did not answer: {_first_line(error)}")


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:300]


def _open_failed(path: Path, text: str) -> str:
    if "lock" in text.lower():
        return f"{path} is in use by another process; stop it, or give this one another --data directory"
    return (
        f"the store in {path} cannot be opened: {text.partition(chr(10))[0][:300]}. "
        "`portlog check` says what it finds; restore the directory from a backup if it is damaged"
    )
