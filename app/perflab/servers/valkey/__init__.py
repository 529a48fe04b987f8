"""The Redis-protocol server: a private Valkey, or one that someone else runs (PERFLAB_CACHE_URL).

On the private one each cell has databases of its own. On somebody else's the lab touches only keys under its own prefix, and
never flushes.
"""

from __future__ import annotations

from perflab.servers.valkey.base import CACHE_VARIABLE, Cache, CacheCounters
from perflab.servers.valkey.external import ExternalCache
from perflab.servers.valkey.keys import KeySpace
from perflab.servers.valkey.private import ValkeyServer

__all__ = ["CACHE_VARIABLE", "Cache", "CacheCounters", "ExternalCache", "KeySpace", "ValkeyServer"]
