"""The clients of Redis-protocol servers in this process: their commands in the trace's time, and within the cell's own keys.

Every command of redis-py and valkey-py passes `execute_command`, whoever sends it: a cache of Django's, django-redis, a lock, the
project itself. Only connections that carry the lab's name are concerned. A command without a time to live costs 0.3 µs more, one
with it 1.1 µs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

from perflab.errors import SubjectError
from perflab.worker.probes.cache.commands import TRANSLATED
from perflab.worker.probes.cache.keys import KEY_PREFIX
from perflab.worker.probes.cache.server_time import Args, ServerTime

# The library, and the class of its clients.
LIBRARIES = {"redis": "Redis", "valkey": "Valkey"}
CONVERTS = "_perflab_converts"
FLUSHES = frozenset({"FLUSHDB", "FLUSHALL", "flushdb", "flushall"})
SCRIPTS = frozenset({"EVAL", "EVALSHA", "EVAL_RO", "EVALSHA_RO", "FCALL", "FCALL_RO"})
# Commands that change no key, or name none.
HARMLESS = frozenset(
    {"AUTH", "CLIENT", "COMMAND", "CONFIG", "DBSIZE", "DISCARD", "ECHO", "EXEC", "HELLO", "INFO", "KEYS", "MULTI", "OBJECT",
     "PING", "PUBLISH", "RANDOMKEY", "SCAN", "SCRIPT", "SELECT", "TIME", "UNWATCH", "WAIT"}
)  # fmt: skip


def translate(time: ServerTime, guarded: bool = False) -> None:
    """Translate the commands of all clients from now on; a library that is not there is left out.

    Args:
        time: The time.
        guarded: Whether some connections may touch only keys with a prefix.
    """
    for library, class_name in LIBRARIES.items():
        try:
            module = import_module(f"{library}.client")
        except ImportError:
            continue
        client, pipeline, lock = getattr(module, class_name), module.Pipeline, import_module(f"{library}.lock").Lock
        client.execute_command = _client_command(time, client.execute_command, guarded)
        pipeline.execute_command = _pipeline_command(time, pipeline.execute_command, guarded)
        pipeline.execute = _pipeline_execute(pipeline.execute)
        lock.do_extend = _extend(time, lock.do_extend)
        lock.do_reacquire = _reacquire(lock.do_reacquire)


def send(pool: Any, commands: list[Args]) -> list[Any]:
    """Send commands as they are, in one pipeline; errors are returned in place of replies."""
    library = next(name for cls in type(pool).__mro__ if (name := cls.__module__.partition(".")[0]) in LIBRARIES)
    return send_through(getattr(import_module(f"{library}.client"), LIBRARIES[library])(connection_pool=pool), commands)


def send_through(client: Any, commands: list[Args]) -> list[Any]:
    """Send commands through a client as they are; errors are returned in place of replies."""
    pipeline = client.pipeline(transaction=False)
    for command in commands:
        pipeline.pipeline_execute_command(*command)
    replies: list[Any] = pipeline.execute(raise_on_error=False)
    return replies


def adopt(time: ServerTime, url: str) -> int:
    """Learn when the entries of a cell's part of a server are due; return how many there are. Reads all its keys.

    Args:
        time: The time that learns it.
        url: The LOCATION of a cache of the cell's.
    """
    for library, class_name in LIBRARIES.items():
        try:
            module = import_module(f"{library}.client")
        except ImportError:
            continue
        client = getattr(module, class_name).from_url(url)
        count = 0
        for batch in _own_keys(client, prefix_of(client.connection_pool) or ""):
            time.adopt(client.connection_pool, batch)
            count += len(batch)
        return count
    return 0


def watch(see: Callable[[Any, Args], object]) -> None:
    """Show each command that is sent on a connection of the lab's, from now on; for what is not measured.

    Args:
        see: Called with the connection pool and the command before it is sent.
    """
    for library, class_name in LIBRARIES.items():
        try:
            module = import_module(f"{library}.client")
        except ImportError:
            continue
        for cls in (getattr(module, class_name), module.Pipeline):
            cls.execute_command = _shown(cls.execute_command, see)


def _shown(original: Any, see: Callable[[Any, Args], object]) -> Any:
    def execute_command(client: Any, *args: Any, **options: Any) -> Any:
        if prefix_of(client.connection_pool) is not None:
            see(client.connection_pool, args)
        return original(client, *args, **options)

    return execute_command


def prefix_of(pool: Any) -> str | None:
    """Return the prefix of the keys that a connection may touch: "" for all of its database, None if it is not the lab's."""
    name = pool.connection_kwargs.get("client_name")
    if name == KEY_PREFIX:
        return ""
    return name if isinstance(name, str) and name.startswith(f"{KEY_PREFIX}-") else None


def _client_command(time: ServerTime, original: Any, guarded: bool) -> Any:
    def execute_command(client: Any, *args: Any, **options: Any) -> Any:
        translated = TRANSLATED.get(args[0])
        if translated is None and not guarded:
            return original(client, *args, **options)
        pool = client.connection_pool
        prefix = prefix_of(pool)
        if prefix is None:
            return original(client, *args, **options)
        if prefix:
            if args[0] in FLUSHES:
                return _delete_own(client, prefix)
            _check(prefix, args)
        if translated is None:
            return original(client, *args, **options)
        sent, convert = translated(time, pool, args)
        reply = original(client, *sent, **options)
        if convert is not None:
            return convert(reply)
        if not reply and "NX" in sent and _frees(time, pool, args[1]):
            return original(client, *sent, **options)
        return reply

    return execute_command


def _frees(time: ServerTime, pool: Any, key: Any) -> bool:
    """Delete an entry that would have expired while this request has been waiting for it: a lock that was never released."""
    waited = time.waited_ms()
    return waited is not None and bool(time.retire(pool, [key], waited))


def _pipeline_command(time: ServerTime, original: Any, guarded: bool) -> Any:
    def execute_command(pipeline: Any, *args: Any, **options: Any) -> Any:
        translated = TRANSLATED.get(args[0])
        if translated is None and not guarded:
            return original(pipeline, *args, **options)
        prefix = prefix_of(pipeline.connection_pool)
        if prefix:
            _check(prefix, args)
        if translated is None or prefix is None:
            return original(pipeline, *args, **options)
        sent, convert = translated(time, pipeline.connection_pool, args)
        reply = original(pipeline, *sent, **options)
        if convert is None:
            return reply
        if reply is not pipeline:  # of a pipeline that watches keys: sent at once
            return convert(reply)
        converts = vars(pipeline).setdefault(CONVERTS, {})
        converts[len(pipeline.command_stack) - 1] = convert
        return reply

    return execute_command


def _pipeline_execute(original: Any) -> Any:
    def execute(pipeline: Any, *args: Any, **options: Any) -> Any:
        converts = vars(pipeline).pop(CONVERTS, None)
        replies = original(pipeline, *args, **options)
        for number, convert in (converts or {}).items():
            if number < len(replies) and not isinstance(replies[number], Exception):
                replies[number] = convert(replies[number])
        return replies

    return execute


def _extend(time: ServerTime, original: Any) -> Any:
    """Wrap a lock's `do_extend`: its script adds to the time to live that the server has, or replaces it."""

    def do_extend(lock: Any, additional_time: Any, replace_ttl: bool) -> Any:
        extended = original(lock, additional_time, replace_ttl)
        pool = _client_of(lock).connection_pool
        if prefix_of(pool) is None:
            return extended
        if replace_ttl:
            _client_of(lock).pexpire(lock.name, int(additional_time * 1000))
        else:
            time.learn(pool, lock.name)
        return extended

    return do_extend


def _reacquire(original: Any) -> Any:
    """Wrap a lock's `do_reacquire`: its script sets the lock's own time to live."""

    def do_reacquire(lock: Any) -> Any:
        reacquired = original(lock)
        if prefix_of(_client_of(lock).connection_pool) is not None:
            _client_of(lock).pexpire(lock.name, int(lock.timeout * 1000))
        return reacquired

    return do_reacquire


def _client_of(lock: Any) -> Any:
    return getattr(lock, "redis", None) or lock.valkey


# -- on somebody else's server -------------------------------------------------------------------------------------------


def _delete_own(client: Any, prefix: str) -> bool:
    """Delete the cell's own keys, where the project empties the server."""
    for batch in _own_keys(client, prefix):
        send_through(client, [("UNLINK", *batch)])
    return True


def _own_keys(client: Any, prefix: str) -> Iterator[list[Any]]:
    cursor: Any = "0"
    while True:
        ((cursor, batch),) = send_through(client, [("SCAN", cursor, "MATCH", f"{prefix}*", "COUNT", 1000)])
        if batch:
            yield batch
        if int(cursor) == 0:
            return


def _check(prefix: str, args: Args) -> None:
    """Refuse a command whose first key is not the cell's own."""
    word = str(args[0]).partition(" ")[0].upper()
    place = 3 if word in SCRIPTS else 1
    if word in FLUSHES:
        raise SubjectError(f"{word} in a pipeline would empty the whole cache server", hint="unset PERFLAB_CACHE_URL")
    if word in HARMLESS or len(args) <= place:
        return
    first = args[place]
    key = first.decode("utf-8", "replace") if isinstance(first, bytes) else str(first)
    if not key.startswith(prefix):
        raise SubjectError(
            f"{word} {key[:60]} was not sent to the server of PERFLAB_CACHE_URL: the key does not belong to this cell's caches",
            hint="unset PERFLAB_CACHE_URL: on perflab's own server each cell has databases of its own",
        )
