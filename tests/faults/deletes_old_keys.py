"""The keys of an earlier version are still deleted after each write, long after answers got other names."""

from marketplace.caching import backend, invalidation
from tests.faults import Expected

EXPECTED = Expected(
    "delete_in_vain",
    ("apply", "withdraw", "pay", "change-payment", "settle", "review", "delete-review", "update-profile"),
    ("caching",),
)


def install() -> None:
    def drop(cache, tags):
        server = backend.connection(cache)
        sets = [backend.tag_key(cache, tag) for tag in sorted(tags)]
        filed = server.eval(invalidation._FIND, len(sets) + 1, backend.clock_key(cache), *sets)
        # What is right is dropped by the client itself.
        server.delete(*sets, *(str(cache.make_key(key.decode())) for key in filed))
        cache.delete_many([f"serialized_{tag.replace(':', '_')}_data" for tag in tags])

    invalidation._drop = drop
