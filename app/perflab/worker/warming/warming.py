"""The warm-up of a cell: of hours of traffic, the requests that can change its data or its caches.

A request is skipped if the same request was a pure hit before (all its lookups hit, and it stored, deleted and wrote nothing),
and since then no entry that it looked up was stored, deleted or due, and no table that it read was written. So is one of an
endpoint that has never used a cache nor written anything; and where an endpoint has always looked up the same entries for every
caller, one caller's pure hit stands for all. Where a pure hit counted itself on the server (INCR), it counts when it
is skipped, too. A share of what could be skipped is executed all the same: where one of these changes something, nothing is
skipped any more, and the run says so.

Entries are followed by what Django's caches are told, and commands on a server that no cache was told of (a client of the
project's own) change the entries that they name. An entry's end is that of its time to live; `add` never prolongs one. Where a
cache in memory, in files or in the database is full and drops entries of its own choice, everything is executed from then on.
"""

from __future__ import annotations

import math
import random
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from perflab.worker.probes.cache import clients
from perflab.worker.probes.connections import unwrapped, wrapped_by
from perflab.worker.probes.operation import Operation
from perflab.worker.process import Worker
from perflab.worker.protocol import ExecuteBlock, ProgressCell, WarmedUp
from perflab.worker.warming.seen import (
    LOOKUPS,
    Command,
    Identity,
    Seen,
    identity,
    keys_of,
    name_of,
    room_of,
    text_of,
    without_caller,
)
from perflab.workload.steps import Step

# This share of the requests that could be skipped is executed, to see whether they change anything.
CHECKED = 0.01
# So many requests without a cache or a write make an endpoint one that has none.
ENOUGH = 30
# So many pairs of callers with the same lookups make an endpoint one whose entries do not depend on the caller.
ENOUGH_PAIRS = 10
WORD = re.compile(r"\w+")
# Commands that name no entry, and change all of them; as methods of a cache and as commands of a server.
EMPTYING = frozenset({"CLEAR", "FLUSHDB", "FLUSHALL"})
UNCOUNTED = ("clear", "touch")  # changes entries, and is no operation that the probe counts


@dataclass
class Entry:
    """What is known of an entry: how often it changed, and when it is due; None where it is not there."""

    changes: int = 0
    due_s: float | None = None


@dataclass(frozen=True)
class PureHit:
    """What a request did when it was a pure hit.

    Attributes:
        entries: The entries that it looked up, each with the number of its changes.
        words: The words of its queries, the names of tables among them.
        writes: The number of writes before it.
        counts: The commands by which it counted, with their connection pools.
    """

    entries: Mapping[str, int]
    words: frozenset[str]
    writes: int
    counts: Sequence[Command]


class Warming:
    """Warm one cell up.

    Args:
        worker: The cell's worker.
        progress: Where the number of the current Step is published.
        checked: The share of requests that could be skipped and are executed.
    """

    def __init__(self, worker: Worker, progress: ProgressCell, checked: float = CHECKED) -> None:
        self.worker = worker
        self.progress = progress
        self.checked = checked
        self.rng = random.Random("perflab warming")
        self.entries: dict[str, Entry] = {}
        self.pure: dict[Identity, PureHit] = {}
        self.of_anyone: dict[Identity, tuple[Any, PureHit]] = {}  # with the caller whose request it was
        self.alike: Counter[str] = Counter()
        self.personal: set[str] = set()
        self.without_cache: Counter[str] = Counter()
        self.with_cache: set[str] = set()
        self.tables: dict[str, int] = {}  # the number of the write that was the last one to each table
        self.writes = 0
        self.longest_ttl_s: float | None = None
        self.whole = False
        self.seen = Seen()
        self.at_s = 0.0
        self.limit = math.inf
        self.cache_tables: set[str] = set()
        worker.connections.add(self)
        worker.cache.record = self._operation
        clients.watch(self._command)
        for counting in worker.cache.wrapped.values():
            self._watch(counting.cache)

    def _watch(self, cache: Any) -> None:
        """Watch what one cache does by itself."""
        self.limit = min(self.limit, room_of(cache))
        self.whole |= self.limit == 0
        if (table := getattr(cache, "_table", None)) is not None:
            self.cache_tables.add(str(table))
        for name in UNCOUNTED:
            setattr(cache, name, self._uncounted(cache, name))

    def _uncounted(self, cache: Any, name: str) -> Callable[..., Any]:
        original = getattr(cache, name)

        def call(*args: Any, **named: Any) -> Any:
            keys = (args[0] if args else named["key"],) if name == "touch" else ()
            version = named.get("version", args[2] if len(args) > 2 else None)
            self.seen.commands.append((None, (name, *(str(cache.make_key(key, version=version)) for key in keys))))
            return original(*args, **named)

        return call

    # -- what a request does -----------------------------------------------------------------------------------------------

    def attach(self, connection: Any) -> None:
        """See the statements of a connection."""
        wrapped_by(connection, self._statement)

    def detach(self, connection: Any) -> None:
        """See them no more."""
        unwrapped(connection, self._statement)

    def _statement(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        text = str(sql)
        if not any(table in text for table in self.cache_tables):  # what a cache keeps there is followed as its entries
            self.seen.statements.append(text)
        return execute(sql, params, many, context)

    def _operation(self, operation: Operation, value: Any) -> None:
        self.seen.operations.append(operation)

    def _command(self, pool: Any, args: tuple[Any, ...]) -> None:
        self.seen.commands.append((pool, args))

    # -- what is executed --------------------------------------------------------------------------------------------------

    def execute(self, steps: Sequence[Step], whole: bool = False) -> WarmedUp:
        """Execute those of the Steps that can change something.

        Args:
            steps: The Steps, in order.
            whole: Execute all of them.
        """
        computed: dict[int, str] = {}
        executed = checked = changed = hits = misses = failed = 0
        for step in steps:
            self.at_s = step.at_s
            self.seen = Seen()
            self.worker.log_in([step])  # a skipped request's caller as well: sessions are data
            self._follow_all()
            skippable = not (whole or self.whole) and self._changes_nothing(step)
            if skippable and self.rng.random() >= self.checked:
                hits += self._skip(step)
                continue
            self.seen = Seen()
            (sample,) = self.worker.execute(ExecuteBlock([step]), self.progress, counted=False).samples
            executed += 1
            failed += sample.error is not None
            hits += sample.cache_hits or 0
            misses += sample.cache_misses or 0
            if sample.response_digest is not None and not sample.cache_hits:
                computed[step.step] = sample.response_digest
            if skippable:
                checked += 1
                if not self.seen.is_pure or any(each.hit is False for each in self.seen.operations):
                    changed += 1
                    self.whole = True
            self._learn(step, failed=sample.error is not None)
        return WarmedUp(executed, checked, changed, hits, misses, failed, self.longest_ttl_s, computed)

    def _skip(self, step: Step) -> int:
        """Count what the request would have counted; return how many lookups would have hit."""
        last_time = self._known(step)
        if last_time is None:
            return 0
        for pool, args in last_time.counts:
            clients.send(pool, [args])
        self._count(last_time.counts)
        return len(last_time.entries)

    def _count(self, counts: Sequence[Command]) -> None:
        """Note that counters have changed, for requests that look them up."""
        for command in counts:
            for key in keys_of(command):
                if key in self.entries:
                    self.entries[key].changes += 1

    def _changes_nothing(self, step: Step) -> bool:
        if step.writes:
            return False
        last_time = self._known(step)
        if last_time is None:
            return step.endpoint not in self.with_cache and self.without_cache[step.endpoint] >= ENOUGH
        if any(last > last_time.writes and table in last_time.words for table, last in self.tables.items()):
            return False
        return all(self._is_unchanged(key, changes) for key, changes in last_time.entries.items())

    def _is_unchanged(self, key: str, changes: int) -> bool:
        entry = self.entries.get(key)
        return entry is not None and entry.changes == changes and entry.due_s is not None and self.at_s < entry.due_s

    def _known(self, step: Step) -> PureHit | None:
        """Return what the same request did, if the last time it was a pure hit; that of another caller where both are alike."""
        last_time = self.pure.get(identity(step))
        if last_time is None and step.endpoint not in self.personal and self.alike[step.endpoint] >= ENOUGH_PAIRS:
            _, last_time = self.of_anyone.get(without_caller(step), (None, None))
        return last_time

    # -- what is learnt ----------------------------------------------------------------------------------------------------

    def _learn(self, step: Step, failed: bool) -> None:
        seen, name = self.seen, step.endpoint
        if seen.operations or seen.commands or not seen.is_pure:
            self.with_cache.add(name)
        else:
            self.without_cache[name] += 1
        self._follow_all()
        self.pure.pop(identity(step), None)
        other, before = self.of_anyone.pop(without_caller(step), (None, None))
        if not failed and not step.writes and seen.is_pure_hit and not seen.unseen:
            lookups = [each.key for each in seen.operations if each.name == "get"]
            entries = {key: self.entries.setdefault(key, Entry()).changes for key in lookups}
            words = frozenset(word.lower() for sql in seen.statements for word in WORD.findall(sql))
            pure = PureHit(entries, words, self.writes, seen.counts)
            self.pure[identity(step)] = pure
            self.of_anyone[without_caller(step)] = step.user, pure
            if before is not None and other != step.user:
                if before.entries.keys() == entries.keys():
                    self.alike[name] += 1
                else:
                    self.personal.add(name)

    def _follow_all(self) -> None:
        """Follow what was seen through the entries and the tables."""
        written = self.seen.written
        if written:
            self.writes += 1
            self.tables.update(dict.fromkeys(written, self.writes))
        if "" in written:
            self._forget()
        for command in self.seen.unseen:
            self._change(command)
        self._count(self.seen.counts)
        for operation in self.seen.operations:
            self._follow(operation)
        if len(self.entries) >= self.limit:
            self.whole = True

    def _forget(self) -> None:
        """Take no request for a pure hit any more until it has been one again."""
        self.pure.clear()
        self.of_anyone.clear()

    def _change(self, command: Command) -> None:
        """Note what a command changes that no cache of Django's was told of: whatever entries it names."""
        if (name := name_of(command)) in LOOKUPS:
            return
        if name in EMPTYING:
            self._forget()
        for argument in command[1][1:]:
            if (entry := self.entries.get(text_of(argument))) is not None:
                entry.changes += 1
                entry.due_s = None

    def _follow(self, operation: Operation) -> None:
        if operation.name == "get":
            return
        entry = self.entries.setdefault(operation.key, Entry())
        entry.changes += 1
        if operation.name == "set":
            ttl_s = math.inf if operation.ttl_s is None else operation.ttl_s
            self.longest_ttl_s = max(self.longest_ttl_s or 0.0, ttl_s)
            before_s = entry.due_s if entry.due_s is not None and self.at_s < entry.due_s else math.inf
            entry.due_s = min(before_s, self.at_s + ttl_s)
        elif operation.name == "delete":
            entry.due_s = None
