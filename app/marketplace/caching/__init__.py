"""Caching responses on a Redis-protocol server; a response is dropped as soon as something that it shows has changed.

How it fits together:

- `responses.cached` stores an endpoint's response under a key of endpoint, parameters, query and, where it matters, viewer.
- While a response is computed, `dependencies.depends_on` records everything that it shows, as tags: `user:7`,
  `payments:7` (the list), `job:3`. The response's key is filed under each of its tags, in a set on the server.
- A write calls `invalidation.invalidate` with the tags of what it changed, after its commit; all keys filed there are deleted.
- `signals` does so on every save and delete. Bulk updates send no signals and call it themselves.

A read that began before a write and ends after it never leaves a stale response behind: every invalidation moves a
clock on the server, and a response is stored only (WATCH, MULTI, EXEC) if the clock stood still since before the
first query.

Limits. If a process dies between its commit and the invalidation, stale responses stay until they expire. The same holds for
a server that one writer cannot reach while others can; the writer's own process makes up for it as soon as the server
is back. The sets outlive the responses filed in them, so a server with a memory limit should evict by `volatile-ttl`
or not at all: `allkeys-lru` would drop sets, which are seldom read, before responses.
"""
