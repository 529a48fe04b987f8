"""Drops every answer that shows something which has changed."""

import logging
import threading
from collections.abc import Iterable
from functools import partial

from django.db import transaction
from django_redis.cache import RedisCache

from marketplace.caching import backend

log = logging.getLogger(__name__)

# KEYS[1] is the clock, the others are sets of keys. The clock moves first and in the same step: a read that is under
# way either has filed its answer by now, and it is found here, or will see that the clock has moved.
_FIND = """
redis.call('INCR', KEYS[1])
if #KEYS == 1 then return {} end
return redis.call('SUNION', unpack(KEYS, 2))
"""

# ARGV are the answers' keys, KEYS the sets to take them from.
_UNFILE = "for _, set in ipairs(KEYS) do redis.call('SREM', set, unpack(ARGV)) end"

# Lua's unpack takes some thousands of values at most.
_BATCH = 1000

# Tags whose invalidation did not reach the server. Until it has, this process does not use the cache.
_owed: set[str] = set()
_owed_lock = threading.Lock()


def invalidate(tags: Iterable[str]) -> None:
    """Drop all answers that show one of `tags`, now. Two round trips, one if nothing was kept."""
    cache = backend.cache()
    if cache is None:
        return
    wanted = set(tags)
    try:
        _drop(cache, wanted)
    except backend.UNAVAILABLE as error:
        log.warning("cache server unreachable, invalidation of %d tags put off: %s", len(wanted), error)
        with _owed_lock:
            _owed.update(wanted)


def invalidate_after_commit(tags: Iterable[str], using: str = "default") -> None:
    """Drop them once the surrounding transaction is committed; at once if there is none; never if it is rolled back.

    Calls in one transaction are not gathered: a callback registered in a savepoint goes with the savepoint, and a
    gathered one could take the others with it. So deleting a user with a thousand payments costs a thousand calls.
    """
    if backend.cache() is not None:
        transaction.on_commit(partial(invalidate, frozenset(tags)), using=using, robust=True)


def settle_debts(cache: RedisCache) -> bool:
    """Catch up on what could not be invalidated earlier; False while the server stays away."""
    if not _owed:
        return True
    if not _owed_lock.acquire(blocking=False):
        return False  # somebody is at it; rather no cache than a queue of requests that wait for a dead server
    try:
        _drop(cache, _owed)
        _owed.clear()
    except backend.UNAVAILABLE:
        return False
    finally:
        _owed_lock.release()
    return True


def _drop(cache: RedisCache, tags: set[str]) -> None:
    server = backend.connection(cache)
    sets = [backend.tag_key(cache, tag) for tag in sorted(tags)]
    clock = backend.clock_key(cache)
    for start in range(0, len(sets), _BATCH):
        batch = sets[start : start + _BATCH]
        filed = [key.decode() for key in server.eval(_FIND, len(batch) + 1, clock, *batch)]
        for first in range(0, len(filed), _BATCH):
            keys = filed[first : first + _BATCH]
            # One transaction: a fresh answer that was stored in between loses its place in the sets and its entry
            # together, never one of the two.
            with server.pipeline() as both:
                cache.delete_many(keys, client=both)
                both.eval(_UNFILE, len(batch), *batch, *keys)
                both.execute()
