"""Answers kept on a Redis-protocol server, dropped as soon as something that they show has changed.

How it fits together:

- `answers.cached` keeps an endpoint's answer under a key of endpoint, parameters, query and, where it matters, viewer.
- While an answer is put together, `dependencies.depends_on` notes everything that it shows, as tags: `user:7`,
  `payments:7` (the list), `job:3`. The answer's key is filed under each of its tags, in a set on the server.
- A write calls `invalidation.invalidate` with the tags of what it changed, after its commit; all keys filed there go.
- `signals` does so on every save and delete. Bulk updates send no signals and call it themselves.

A read that began before a write and ends after it never leaves its old answer behind: every invalidation moves a
clock on the server, and an answer is stored only (WATCH, MULTI, EXEC) if the clock stood still since before the
first query.

Limits. A process that dies between its commit and the invalidation leaves old answers until their time is up. So does
a server that a writer cannot reach while others can; the writer's own process makes up for it as soon as the server
is back. The sets outlive the answers filed in them, so a server with a memory limit should evict by `volatile-ttl`
or not at all: `allkeys-lru` would drop sets, which are seldom read, before answers.
"""
