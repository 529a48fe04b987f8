"""Dropping cached responses that show something that has changed."""

import logging
import threading
from collections.abc import Iterable
from functools import partial

from django.db import transaction
from django_redis.cache import RedisCache

from marketplace.caching import backend

log = logging.getLogger(__name__)

# KEYS[1] is the clock, the others are sets of keys. The clock moves first and in the same step: a read in progress either has
# filed its response, which is found here, or will see that the clock has moved.
_FIND = """
redis.call('INCR', KEYS[1])
if #KEYS == 1 then return {} end
return redis.call('SUNION', unpack(KEYS, 2))
"""

# ARGV are the responses' keys, KEYS the sets to take them from.
_UNFILE = "for _, set in ipairs(KEYS) do redis.call('SREM', set, unpack(ARGV)) end"

# Lua's unpack takes some thousands of values at most.
_BATCH = 1000

# Tags whose invalidation did not reach the server. Until it does, this process does not use the cache.
_owed: set[str] = set()
_owed_lock = threading.Lock()


def invalidate(tags: Iterable[str]) -> None:
    """Drop all responses that show one of `tags`, now. Two round trips, one if nothing was cached."""
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

    Calls in one transaction are not merged: a callback registered in a savepoint is lost with the savepoint, and a merged
    one could take the others with it. So deleting a user with a thousand payments costs a thousand calls.
    """
    if backend.cache() is not None:
        transaction.on_commit(partial(invalidate, frozenset(tags)), using=using, robust=True)


def settle_debts(cache: RedisCache) -> bool:
    """Invalidate what could not be invalidated earlier; return False while the server stays unreachable."""
    if not _owed:
        return True
    if not _owed_lock.acquire(blocking=False):
        return False  # another thread does it; no cache is better than a queue of requests waiting for a dead server
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
            # One transaction: a fresh response stored in between loses its place in the sets and its entry together,
            # never only one of the two.
            with server.pipeline() as both:
                cache.delete_many(keys, client=both)
                both.eval(_UNFILE, len(batch), *batch, *keys)
                both.execute()
