"""A small shop that keeps items in caches of several kinds, and invalidates them by key, by pattern or all at once."""
