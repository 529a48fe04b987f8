#!/usr/bin/env bash
# Django 5.2.19: cache.touch() on a key whose time is over has three different outcomes, one for each backend.
#
#     LocMemCache       False, and the key stays gone      (as documented: "False" if the key does not exist)
#     FileBasedCache    ValueError: I/O operation on closed file
#     DatabaseCache     True, and the old value is back for the new time to live
#
# One would expect False everywhere. A test that runs on LocMemCache says nothing here about production on the database:
# a "refresh it if it is still there" brings a stale entry back to life, until a get or a cull has removed its row.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check django==5.2.19
mkdir "$folder/files"
"$folder/venv/bin/python" - "$folder/files" > "$folder/seen" <<'PY'
import sys
import time

import django
from django.conf import settings

BACKENDS = "django.core.cache.backends"
settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    CACHES={
        "default": {"BACKEND": f"{BACKENDS}.locmem.LocMemCache"},
        "file": {"BACKEND": f"{BACKENDS}.filebased.FileBasedCache", "LOCATION": sys.argv[1]},
        "database": {"BACKEND": f"{BACKENDS}.db.DatabaseCache", "LOCATION": "cache"},
    },
    USE_TZ=True,
)
django.setup()
from django.core.cache import caches
from django.core.management import call_command

call_command("createcachetable", verbosity=0)
for alias in ("default", "file", "database"):
    caches[alias].set("key", "old", 1)
time.sleep(2.1)
for alias in ("default", "file", "database"):
    try:
        print(alias, caches[alias].touch("key", 100), caches[alias].get("key"))
    except ValueError as error:
        print(alias, "ValueError:", error)
PY
cat "$folder/seen"
diff - "$folder/seen" <<'SEEN'
default False None
file ValueError: I/O operation on closed file
database True old
SEEN
