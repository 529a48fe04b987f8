"""What one request did to caches and data, as far as it tells whether doing it again would change anything."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any

from perflab.worker.probes.operation import Operation
from perflab.worker.responses.writes import READING
from perflab.workload.steps import Step

WRITTEN = re.compile(
    r"\b(?:INSERT\s+INTO|UPDATE(?:\s+ONLY)?|DELETE\s+FROM(?:\s+ONLY)?|MERGE\s+INTO|TRUNCATE(?:\s+TABLE)?)\s+([\w.\"]+)",
    re.IGNORECASE,
)
# Commands whose keys are all their arguments; of others the first argument is the key, if they have one.
ON_KEYS = frozenset({"MGET", "DEL", "UNLINK", "EXISTS", "TOUCH"})
LOOKUPS = frozenset({"GET", "MGET"})
COUNTING = frozenset({"INCR", "INCRBY", "INCRBYFLOAT", "DECR", "DECRBY", "HINCRBY", "HINCRBYFLOAT"})
SCRIPTS = frozenset({"EVAL", "EVALSHA"})
# The modules of backends that drop entries where there are too many.
LIMITED = ("django.core.cache.backends.locmem", "django.core.cache.backends.filebased", "django.core.cache.backends.db")
# Those of backends that keep every entry until it expires; whatever another backend does, its requests are all executed.
UNLIMITED = ("django.core.cache.backends.redis", "django.core.cache.backends.dummy", "django_redis", "django_valkey")
# A command to a cache server with its connection pool; None stands for a method of a cache.
Command = tuple[Any, tuple[Any, ...]]
Identity = tuple[Any, ...]


@dataclass
class Seen:
    """What one request did; a command has its connection pool, None where it stands for a method of a cache."""

    operations: list[Operation] = field(default_factory=list)
    statements: list[str] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)

    @property
    def written(self) -> set[str]:
        """The tables that its statements wrote; "" stands for a statement that cannot be read."""
        tables: set[str] = set()
        for sql in self.statements:
            names = [name.replace('"', "").rpartition(".")[2].lower() for name in WRITTEN.findall(sql)]
            tables.update(names if names or READING.match(sql) else [""])
        return tables

    @property
    def counts(self) -> list[Command]:
        """The commands that only count, whoever sent them."""
        counted = {operation.key for operation in self.operations if operation.name == "incr"}
        return [
            command
            for command in self.commands
            if name_of(command) in COUNTING or (name_of(command) in SCRIPTS and counted.issuperset(keys_of(command)))
        ]

    @property
    def others(self) -> list[Command]:
        """The other commands."""
        counts = self.counts
        return [command for command in self.commands if command not in counts]

    @property
    def unseen(self) -> list[Command]:
        """The commands that no operation of a cache of Django's explains, but those that count."""
        read = {operation.key for operation in self.operations if operation.name == "get"}
        changed = {operation.key for operation in self.operations if operation.name != "get"}
        return [
            command
            for command in self.others
            if not (read if name_of(command) in LOOKUPS else changed).issuperset(keys_of(command))
        ]

    @property
    def is_pure(self) -> bool:
        """Whether it changed nothing but counters: neither in a cache nor in the database."""
        counted = {key for command in self.counts for key in keys_of(command)}
        is_quiet = all(each.name == "get" or (each.name == "incr" and each.key in counted) for each in self.operations)
        return is_quiet and not self.written and all(name_of(command) in LOOKUPS for command in self.others)

    @property
    def is_pure_hit(self) -> bool:
        """Whether it looked something up, found all of it, and changed nothing but counters."""
        lookups = [each for each in self.operations if each.name == "get"]
        return bool(lookups) and self.is_pure and all(each.hit for each in lookups)


def name_of(command: Command) -> str:
    """Return the name of a command, in capitals."""
    return str(command[1][0]).upper()


def keys_of(command: Command) -> list[str]:
    """Return the keys that a command names."""
    name, args = name_of(command), command[1]
    keys = args[1:] if name in ON_KEYS else args[3 : 3 + int(args[2])] if name in SCRIPTS else args[1:2]
    return list(map(text_of, keys))


def text_of(argument: Any) -> str:
    """Return an argument of a command as text."""
    return argument.decode("utf-8", "replace") if isinstance(argument, bytes) else str(argument)


def identity(step: Step) -> Identity:
    """Return what makes two requests the same."""
    return step.user, *without_caller(step)


def without_caller(step: Step) -> Identity:
    """Return what makes two requests of different callers the same."""
    return step.method, step.path, step.body, step.auth, tuple(sorted(step.headers.items()))


def room_of(cache: Any) -> float:
    """Return how many entries a cache takes before it drops some; 0 where that is unknown.

    Args:
        cache: A cache of Django's interface.
    """
    modules = [cls.__module__ for cls in type(cache).__mro__]
    if any(module in LIMITED for module in modules):
        return float(cache._max_entries)
    lasting = tuple(f"{name}." for name in UNLIMITED)
    return math.inf if any(f"{module}.".startswith(lasting) for module in modules) else 0.0
