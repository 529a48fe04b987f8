"""The caches: hit rates, findings, and the model of what can be cached."""
