"""The probe of the caches, by subject: counting, the time of entries, their size, and the keys of a cell."""

from __future__ import annotations

from perflab.worker.probes.cache.probe import CacheProbe

PROBE = CacheProbe

__all__ = ["PROBE", "CacheProbe"]
