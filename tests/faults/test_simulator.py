"""The path of a log, from the caller to the store, on a machine that breaks anywhere: every promise is kept.

A story is a seed: it plays several lives of one data directory, each ended by the power, by `kill -9`, by the disk
or in order, wherever chance has it, in the middle of any system call of the write-ahead log and of any call into
the store, the catalogue or the position file. Then it checks, with the same question whatever happened:

- what was answered with 200 is in the store, exactly once, as it was sent;
- what was refused as "nothing was stored" is not there; what was never answered is there once, or not at all;
- a call is there whole or not at all, under one record, and the records have no gap;
- two calls with one Idempotency-Key, before and after a crash, are one call with one answer.

The real parts are `Ingest`, `Wal` and `Applier`; the disk is `SimDisk`, the store `BrittleStore` on a model or on
the engine. A failure names its seed: `SIM_SEED=17 pytest tests/faults/test_simulator.py` plays that story alone,
`SIM_SEEDS=1000` as many as named.
"""

from __future__ import annotations

import asyncio
import errno
import json
import os
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, cast

import pytest

from portlog import applier as applier_room
from portlog import ingest as ingest_room
from portlog.applier import Applier, read_position
from portlog.catalog import Catalog, Reply
from portlog.clock import FakeClock
from portlog.errors import PortlogError
from portlog.ingest import Ingest, Receipt
from portlog.schema import render
from portlog.schema.columns import Row
from portlog.schema.ids import created_ms_of, from_text
from portlog.schema.log import Call, decode_call
from portlog.settings import Settings, load
from portlog.store import Store, sql
from portlog.telemetry import Meters, set_level
from portlog.wal import DiskFailed, DiskFull, Wal, WalCorrupt
from tests.contract.test_store import real_store
from tests.faults.disks import Crashed, Fault, SimDisk
from tests.faults.stores import EVERY_LOG, BrittleStore, ModelStore

HOME = Path("/data/wal")
SEEDS, SEEDS_SLOW, LIVES = 300, 1000, 4
WEEK_MS = 7 * 86_400_000


# -- the machine around the real parts ---------------------------------------------------------------------


@dataclass
class Post:
    """One call and what its sender knows of it.

    acked     the ids that a 200 named
    refused   the last answer was "nothing was stored"
    unknown   some attempt was never answered: its logs may be there
    """

    number: int
    names: list[str]
    texts: list[str]
    body: bytes
    key: str
    acked: list[bytes] = field(default_factory=list)
    refused: bool = False
    unknown: bool = False

    @property
    def headers(self) -> dict[str, str]:
        return {"idempotency-key": self.key} if self.key else {}


class SimCatalog:
    """The kept replies. A commit is durable (`synchronous = FULL`), and it is where the power goes, or the disk is full."""

    def __init__(self, strike: Callable[[str], None]) -> None:
        self._strike = strike
        self._replies: dict[str, Reply] = {}

    def keep_replies(self, replies: Sequence[Reply], forget_before_ms: int) -> None:
        self._strike("before")
        self._replies = {reply.idempotency: reply for reply in replies} | self._replies
        self._strike("after")

    def find_reply(self, idempotency: str, not_before_ms: int) -> Reply | None:
        return self._replies.get(idempotency)


class SimInserter:
    """The thread that inserts: it is done at once, or when somebody waits for it, as the seed has it."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def submit(self, insert: Callable[..., None], *what: object) -> Future[None]:
        future = LateFuture(insert, *what)
        if self._random.random() < 0.5:
            future.run()
        return future

    def shutdown(self) -> None:
        """Nothing to do."""


class LateFuture(Future[None]):
    """Runs at the latest when it is asked for its result."""

    def __init__(self, insert: Callable[..., None], *what: object) -> None:
        super().__init__()
        self._insert, self._what = insert, what

    def run(self) -> None:
        try:
            self.set_result(self._insert(*self._what))
        except BaseException as error:  # noqa: BLE001 - as a worker thread does
            self.set_exception(error)

    def result(self, timeout: float | None = None) -> None:
        if not self.done():
            self.run()
        return super().result(timeout)


@dataclass
class Cast:
    """Who plays; the canaries put in somebody else."""

    applier: type[Applier] = Applier
    ingest: type[Ingest] = Ingest
    sync: bool = True


class Story:
    """One data directory through several lives.

    met      what happened how often, so that a campaign can prove that it met everything
    """

    def __init__(
        self, seed: int, directory: Path, cast_: Cast | None = None, store: Store | None = None
    ) -> None:
        self.random, self.cast, self.met = Random(seed), cast_ or Cast(), Counter[str]()
        self.disk = SimDisk(seed)
        self.store = BrittleStore(store or ModelStore(), self.random, self.note)
        self.catalog = SimCatalog(self.strike_catalog)
        self.position, self.positions = directory / f"applied-{seed}", [b""]
        self.position.unlink(missing_ok=True)
        self.clock = FakeClock()
        self.loop = asyncio.new_event_loop()
        self.posts: list[Post] = []
        self.waiting: list[tuple[Post, asyncio.Task[Receipt]]] = []
        self.plans: dict[str, dict[int, str]] = {"catalogue": {}, "position": {}}
        self.calls = Counter[str]()
        self.wal: Wal
        self.applier: Applier
        self.applier_step: Callable[[], object]
        self.ingest: Ingest

    def note(self, what: str) -> None:
        self.met[what] += 1

    # -- lives -------------------------------------------------------------------------------------------

    def play(self) -> Counter[str]:
        """Live, die, live again; at last check in peace."""
        try:
            with positions_written_through(self):
                for _ in range(LIVES):
                    self.live()
                    self.die()
                self.plan_peace()
                self.open()
                self.drain()
                self.check()
                self.stop()
                self.open()
                assert self.applier.applied_seq == self.wal.durable_seq, "after a clean stop something waits"
                self.check()
                self.stop()
        finally:
            self.forget_tasks()
            self.loop.close()
        return self.met

    def live(self) -> None:
        """Go on until something breaks, or the power goes between two calls, or the end comes in order."""
        self.plan_faults()
        try:
            self.open()
            self.retry()
            if self.random.random() < 0.5:
                self.drain()
                self.check()
            for _ in range(self.random.randrange(5, 40)):
                self.act()
            if self.random.random() < 0.1:
                self.stop()
                self.note("end: in order")
                return
        except Crashed:
            self.note("end: power cut inside a call")
        except DiskFailed:
            self.note("end: the disk failed")
        except DiskFull:
            self.note("end: no room to start, or to stop in order")
        self.note("crash")

    def die(self) -> None:
        """End the process, and mostly the machine with it. What nobody heard of yet is never heard of."""
        self.collect()
        for post, _ in self.waiting:
            post.unknown = True
        self.forget_tasks()
        power = self.disk.dead or self.random.random() < 0.6
        if power:
            self.disk = self.disk.crash()
            self.lose_position()
        else:
            self.disk.kill()
            self.note("end: killed")

    def forget_tasks(self) -> None:
        for _, task in self.waiting:
            task.cancel()
        self.turn()
        self.waiting.clear()

    def lose_position(self) -> None:
        """The position file is never synced: a power cut may take it, tear it or bring back an old one."""
        what = self.random.choice(["kept", "absent", "torn", "garbage", "old", "old"])
        old = self.random.choice(self.positions)
        if what != "kept":
            self.note(f"position: {what}")
        if what == "absent" or (what == "old" and not old):
            self.position.unlink(missing_ok=True)
        elif what == "torn":
            self.position.write_bytes(old[: self.random.randrange(len(old) + 1)])
        elif what == "garbage":
            self.position.write_bytes(
                self.random.choice([b"\0" * 14, b"7 seven", b"-1 -1", b"\xff\xfe", b"1 2 3"])
            )
        elif what == "old":
            self.position.write_bytes(old)

    # -- faults ------------------------------------------------------------------------------------------

    def plan_faults(self) -> None:
        """Up to three things break in this life, each at a call drawn from those it may make."""
        draw = self.random
        self.plan_peace()
        for _ in range(draw.choice([0, 1, 2, 3])):
            where = draw.choice(["disk", "disk", "store", "store", "store", "catalogue", "position"])
            kind = draw.choice(["crash", "fail"])
            if where == "disk":
                call = self.disk.calls + draw.randrange(1, 60)
                self.disk.faults[call] = Fault.CRASH if kind == "crash" else draw.choice(list(Fault)[1:])
            elif where == "store":
                first = self.store.calls + draw.randrange(1, 12)
                for call in range(first, first + draw.choice([1, 1, 1, 2, 5])):
                    self.store.plan[call] = kind
            else:
                self.plans[where][self.calls[where] + draw.randrange(1, 12)] = kind
        self.disk.capacity_bytes = self.disk_bytes() + draw.choice([2**40, 2**40, 3_000, 20_000])

    def plan_peace(self) -> None:
        self.disk.faults.clear()
        self.disk.capacity_bytes = 2**40
        self.store.plan.clear()
        for plan in self.plans.values():
            plan.clear()

    def disk_bytes(self) -> int:
        return sum(len(inode.seen) for inode in self.disk.seen.values())

    def strike_catalog(self, moment: str) -> None:
        self.strike("catalogue", moment, sqlite3.OperationalError("database or disk is full"))

    def strike(self, where: str, moment: str, failure: Exception) -> None:
        """Count a call, and do to it what the plan says."""
        self.calls[where] += 1
        kind = self.plans[where].pop(self.calls[where], "")
        if kind:
            self.note(f"{where}: {kind} {moment} writing")
        if kind == "crash":
            self.disk.dead = True
            raise Crashed
        if kind == "fail" and moment == "before":
            raise failure

    # -- what happens in a life --------------------------------------------------------------------------

    def open(self) -> None:
        """As `server.opened`, without its threads."""
        settings, meters = sim_settings(), Meters()
        self.wal = Wal.open(
            HOME,
            disk=self.disk,
            segment_bytes_max=4_000,
            group_bytes_max=3_000,
            backlog_bytes_max=30_000,
            disk_free_bytes_min=0,
            sync=self.cast.sync,
            threaded=False,
            first_seq=read_position(self.position) + 1,
            monotonic=self.clock.monotonic,
        )
        self.wal.listen(on_durable=ingest_room.on_durable, on_refused=ingest_room.on_refused)
        if self.wal.torn_bytes:
            self.note("wal: torn tail cut")
        catalog = cast(Catalog, self.catalog)
        self.ingest = self.cast.ingest(
            settings=settings, wal=self.wal, catalog=catalog, clock=self.clock, meters=meters
        )
        self.applier = self.cast.applier(
            wal=self.wal, store=self.store, catalog=catalog, settings=settings, clock=self.clock, meters=meters,
            applied_file=self.position, on_applied=self.ingest.forget,
        )  # fmt: skip
        self.applier._inserter = cast(ThreadPoolExecutor, SimInserter(self.random))
        self.applier_step = self.random.choice([self.applier._overlapping_step, self.applier.step])
        for _, record in self.wal.read(self.applier.applied_seq):
            self.ingest.remember(decode_call(record))

    def stop(self) -> None:
        """Stop in order: answer who waits, apply what is durable, close."""
        while self.wal.flush():
            pass
        self.turn()
        self.collect()
        assert not self.waiting
        self.drain()
        self.applier.stop()
        self.wal.close()

    def act(self) -> None:
        """Do one thing that callers or threads may do at any moment."""
        what = self.random.random()
        if what < 0.40:
            self.post(self.new_post())
        elif what < 0.45:
            again = [post for post in self.posts if post.key and post not in [p for p, _ in self.waiting]]
            if again:
                self.note("post: sent again with its key")
                self.post(self.random.choice(again))
        elif what < 0.65:
            self.wal.flush()
            self.turn()
            self.collect()
        elif what < 0.90:
            self.step()
        elif what < 0.95:
            self.applier._forget_applied()
        else:
            self.clock.advance(self.random.choice([0.1, 1, 3600]))

    def step(self) -> None:
        """One step of the applier's loop, which tries again whatever the world refuses."""
        try:
            self.applier_step()
        except applier_room.REFUSALS as error:
            self.note(f"applier: tries again after {type(error).__name__}")
        if self.applier._ahead is not None:
            self.note("applier: a batch prepared ahead")

    def drain(self) -> None:
        """Let the applier catch up."""
        for _ in range(1000):
            if self.applier.applied_seq == self.wal.durable_seq:
                return
            self.step()
        raise AssertionError("the applier does not come to an end")

    # -- the callers -------------------------------------------------------------------------------------

    def new_post(self) -> Post:
        number, draw = len(self.posts), self.random
        count = draw.choice([1, 1, 2, 5])
        names = [f"{number}.{i}" for i in range(count)]
        texts = [f"{name} " + "x" * draw.choice([0, 0, 50, 700]) for name in names]
        weeks = [draw.randrange(5) for _ in names]
        logs = [
            sim_log(name, text, self.clock.ms - week * WEEK_MS)
            for name, text, week in zip(names, texts, weeks, strict=True)
        ]
        key = f"key {number}" if draw.random() < 0.3 else ""
        self.posts.append(Post(number, names, texts, json.dumps(logs).encode(), key))
        return self.posts[-1]

    def retry(self) -> None:
        """Callers with a key, who were not answered before the crash, send again."""
        for post in self.posts:
            if post.key and post.unknown and self.random.random() < 0.5:
                self.note("post: sent again with its key")
                self.post(post)

    def post(self, post: Post) -> None:
        accepting = self.ingest.accept(post.body, post.headers, workspace="default", api_key_id="")
        self.waiting.append((post, self.loop.create_task(accepting)))
        self.turn()
        self.collect()

    def turn(self) -> None:
        """Let every call go on as far as it can."""
        for _ in range(4):
            self.loop.run_until_complete(asyncio.sleep(0))

    def collect(self) -> None:
        """Take the answers that are there."""
        still = []
        for post, task in self.waiting:
            if not task.done():
                still.append((post, task))
                continue
            error = task.exception()
            if error is None:
                self.answered(post, task.result())
            else:
                assert isinstance(error, PortlogError), error
                assert "nothing of this call was stored" in error.message or error.kind.slug == "stopping", (
                    error.message
                )
                self.note(f"post: refused, {error.kind.slug}")
                post.refused = True
        self.waiting = still

    def answered(self, post: Post, receipt: Receipt) -> None:
        ids = [from_text(text) or b"" for text in json.loads(receipt.body)["ids"]]
        assert len(ids) == len(post.names)
        assert not post.acked or post.acked == ids, f"post {post.number} got two different answers to one key"
        post.acked, post.refused = ids, False
        self.note("post: answered with 200")

    # -- the checker -------------------------------------------------------------------------------------

    def check(self) -> None:
        """Everything that was promised, with the applier drained."""
        self.note("check")
        found: defaultdict[str, list[tuple[bytes, int]]] = defaultdict(list)
        for log_id, name, seq in self.store.select(EVERY_LOG):
            found[name].append((bytes(log_id), int(seq)))
        twice = [name for name, places in found.items() if len(places) > 1]
        assert not twice, f"stored more than once: {twice}"
        for post in self.posts:
            self.check_post(post, found)
        seqs = sorted({seq for ((_, seq),) in found.values()})
        assert seqs == list(range(1, self.wal.durable_seq + 1)), "the records in the store have a gap"
        order = [found[name][0][1] for post in self.posts if not post.key for name in post.names if name in found]
        assert order == sorted(order), "the records are not in the order of the calls"
        unknown = found.keys() - {name for post in self.posts for name in post.names}
        assert not unknown, f"nobody sent {unknown}"

    def check_post(self, post: Post, found: dict[str, list[tuple[bytes, int]]]) -> None:
        there = [name for name in post.names if name in found]
        if post.acked:
            assert there == post.names, f"acknowledged and lost: {set(post.names) - set(there)}"
            assert [found[name][0][0] for name in post.names] == post.acked, (
                "stored under other ids than answered"
            )
        elif not post.unknown and (post.refused or post not in [p for p, _ in self.waiting]):
            assert not there, f"refused and stored all the same: {there}"
        assert there in ([], post.names), f"half of a call is stored: {there} of {post.names}"
        assert len({found[name][0][1] for name in there}) <= 1, "a call was spread over several records"
        if there and not post.acked:
            post.acked = [found[name][0][0] for name in post.names]  # it is there, so it has to stay
        for name, text in zip(there, post.texts, strict=False):
            self.check_bodies(found[name][0][0], name, text)

    def check_bodies(self, log_id: bytes, name: str, text: str) -> None:
        (row,) = self.store.select(sql.one("default", log_id, created_ms_of(log_id)))
        log = render.log_object(dict(zip(sql.ALL_NAMES, row, strict=True)))
        sent = sim_log(name, text, created_ms_of(log_id))
        assert log["request"]["body"] == sent["request"]["body"]
        assert log["response"]["body"] == sent["response"]["body"]


def sim_log(name: str, text: str, created_ms: int) -> dict[str, Any]:
    """A log as a client sends it, known by its trace id."""
    return {
        "request": {"url": "https://api.openai.com/v1/chat/completions", "provider": "openai",
                    "body": {"messages": [{"role": "user", "content": text}]}},
        "response": {"status": 200, "body": {"choices": [{"message": {"content": f"to {text}"}}]}},
        "trace_id": name,
        "created_at": render.iso(created_ms),
    }  # fmt: skip


def sim_settings() -> Settings:
    """Small batches, so that their ends are met in every story."""
    return load({"apply_logs_max": 7, "apply_bytes_max": 4096}, environ={})


class positions_written_through:
    """While it lasts, the story decides what becomes of each write of the position file."""

    def __init__(self, story: Story) -> None:
        self._story, self._real = story, applier_room._write_position

    def __enter__(self) -> None:
        applier_room._write_position = self._write

    def __exit__(self, *error: object) -> None:
        applier_room._write_position = self._real

    def _write(self, path: Path, seq: int) -> None:
        story = self._story
        story.strike("position", "before", OSError(errno.ENOSPC, "no space"))
        self._real(path, seq)
        story.positions.append(path.read_bytes())
        story.strike("position", "after", OSError(errno.ENOSPC, "no space"))


@pytest.fixture(autouse=True)
def _few_words() -> Iterator[None]:
    set_level("error")
    yield
    set_level("info")


# -- campaigns -----------------------------------------------------------------------------------------------


def play_all(directory: Path, seeds: Sequence[int], cast_: Cast | None = None) -> Counter[str]:
    """Play a story a seed; return what was met."""
    met = Counter[str]()
    for seed in seeds:
        try:
            met += Story(seed, directory, cast_).play()
        except BaseException as error:
            error.add_note(f"seed {seed}: SIM_SEED={seed} plays it again")
            raise
    return met


def seeds_of(default: int) -> Sequence[int]:
    """As the environment says, else `default` of them from 0."""
    if "SIM_SEED" in os.environ:
        return [int(os.environ["SIM_SEED"])]
    return range(int(os.environ.get("SIM_SEEDS", default)))


EXPECTED = (
    "end: in order", "end: killed", "end: power cut inside a call", "end: the disk failed",
    "wal: torn tail cut", "post: answered with 200", "post: refused, disk-full", "post: refused, overloaded",
    "post: sent again with its key", "position: absent", "position: torn", "position: old", "position: garbage",
    "position: crash before writing", "position: crash after writing", "position: fail before writing",
    "catalogue: crash before writing", "catalogue: crash after writing", "catalogue: fail before writing",
    "applier: a batch prepared ahead", "store: crash after storing nothing", "store: crash after storing some weeks", "store: crash after storing everything",
    "store: fail after storing nothing", "store: fail after storing some weeks", "store: fail after storing everything",
    "store: crash when asked what is present", "store: fail when asked what is present", "store: present when replayed",
)  # fmt: skip


def test_no_acknowledged_log_is_lost_and_none_is_twice(tmp_path: Path) -> None:
    """The short form: 1,200 crashes."""
    seeds = seeds_of(SEEDS)
    met = play_all(tmp_path, seeds)
    print(f"\n{len(seeds)} stories, {met['crash']} crashes:", *sorted(met.items()), sep="\n  ")
    if len(seeds) >= SEEDS:
        assert not [what for what in EXPECTED if not met[what]], (
            "the campaign did not meet what it is there for"
        )
        assert met["crash"] >= 1000


@pytest.mark.slow
def test_no_acknowledged_log_is_lost_in_a_long_campaign(tmp_path: Path) -> None:
    """The long form: 4,000 crashes, of seeds that the short form does not play."""
    play_all(tmp_path, [1_000_000 + seed for seed in seeds_of(SEEDS_SLOW)])


def test_the_engine_itself_keeps_what_the_model_keeps(tmp_path: Path) -> None:
    """A few stories on the embedded store; each starts with an empty one."""
    for seed in (500, 501):
        store = real_store(tmp_path / f"store-{seed}")
        try:
            Story(seed, tmp_path, store=store).play()
        except BaseException as error:
            error.add_note(f"seed {seed}, on the embedded store")
            raise
        finally:
            store.close()


# -- canaries: the same checker must see a log store that is wrong -------------------------------------------


def caught(directory: Path, cast_: Cast, *, match: str) -> None:
    with pytest.raises((AssertionError, WalCorrupt), match=match):
        play_all(directory, range(SEEDS), cast_)


def test_canary_a_log_that_does_not_sync_is_caught(tmp_path: Path) -> None:
    caught(tmp_path, Cast(sync=False), match="acknowledged and lost|have a gap|is damaged at byte")


class TooEager(Ingest):
    """Answers before the disk has."""

    async def _append(self, record: bytes) -> None:
        self._wal.append(record, ingest_room._Waiter(*_nobody()))


def _nobody() -> tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]:
    loop = asyncio.get_running_loop()
    return loop, loop.create_future()


def test_canary_an_answer_before_the_sync_is_caught(tmp_path: Path) -> None:
    caught(tmp_path, Cast(ingest=TooEager), match="acknowledged and lost|two different answers")


class TooHasty(Applier):
    """Moves its position before the insert."""

    def _prepare(self, after: int) -> applier_room._Batch:
        batch = super()._prepare(after)
        if batch.calls:
            self._advance(batch.last)
        return batch


def test_canary_an_applier_that_moves_on_before_the_insert_is_caught(tmp_path: Path) -> None:
    caught(tmp_path, Cast(applier=TooHasty), match="acknowledged and lost|half of a call|have a gap")


class TooSure(Applier):
    """After a crash, believes that the store holds nothing behind the position."""

    def __init__(self, **parts: Any) -> None:
        super().__init__(**parts)
        self._uncertain_through = 0


def test_canary_an_applier_that_does_not_ask_after_a_crash_is_caught(tmp_path: Path) -> None:
    caught(tmp_path, Cast(applier=TooSure), match="stored more than once")


class TooTrusting(Applier):
    """After an error, believes that nothing was stored."""

    def _missing_rows(self, last: int, calls: list[tuple[int, Call]]) -> Iterator[Row]:
        before, self._uncertain_through = (
            self._uncertain_through,
            min(self._uncertain_through, self.sure_from),
        )
        yield from super()._missing_rows(last, calls)
        self._uncertain_through = before

    def __init__(self, **parts: Any) -> None:
        super().__init__(**parts)
        self.sure_from = self._uncertain_through


def test_canary_an_applier_that_does_not_ask_after_an_error_is_caught(tmp_path: Path) -> None:
    caught(tmp_path, Cast(applier=TooTrusting), match="stored more than once")


class TooStubborn(Applier):
    """Goes on with the batch that it prepared ahead, though the one before it was refused."""

    _stubborn: applier_room._Batch | None = None

    def _overlapping_step(self) -> None:
        try:
            super()._overlapping_step()
        except applier_room.REFUSALS:
            self._ahead = self._stubborn
            raise

    def _prepare(self, after: int) -> applier_room._Batch:
        batch = super()._prepare(after)
        self._stubborn = batch if after > self._applied else None
        return batch


def test_canary_an_applier_that_goes_on_behind_a_refusal_is_caught(tmp_path: Path) -> None:
    caught(tmp_path, Cast(applier=TooStubborn), match="acknowledged and lost|half of a call|have a gap")


class TooForgetful(Ingest):
    """Does not take up the keys of calls that a crash left in the log."""

    def remember(self, call: Call) -> None:
        pass


def test_canary_a_forgotten_key_is_caught(tmp_path: Path) -> None:
    caught(tmp_path, Cast(ingest=TooForgetful), match="two different answers|stored more than once")


class TooLate(Applier):
    """Keeps the first replies only after it has let the records go."""

    def _keep_replies(self, calls: list[Call]) -> None:
        self._late = calls

    def _advance(self, seq: int) -> None:
        super()._advance(seq)
        super()._keep_replies(self._late)


def test_canary_replies_kept_too_late_are_caught(tmp_path: Path) -> None:
    caught(tmp_path, Cast(applier=TooLate), match="two different answers|stored more than once")


def test_a_story_is_its_seed(tmp_path: Path) -> None:
    """The same seed tells the same story: else a failure could not be played again."""
    assert [Story(seed, tmp_path).play() for seed in range(20)] == [
        Story(seed, tmp_path).play() for seed in range(20)
    ]
