#!/usr/bin/env bash
# Django 5.2.19: after 9,000 logged queries on a connection, assertNumQueries(0) passes over a block that sends four.
#
# CaptureQueriesContext (so assertNumQueries, and django_assert_num_queries of pytest-django) takes the length of
# connection.queries_log before and after. The log is a deque of at most 9,000, shared by all blocks and emptied only when a
# request starts. Once it is full both lengths are 9,000 and every block has sent nothing; the block in which it fills is
# counted short. One would expect a count, whatever ran before. There is a UserWarning about the log, which names no test.
# Call django.db.reset_queries() between blocks, or count with connection.execute_wrapper().
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check django==5.2.19
"$folder/venv/bin/python" -W ignore::UserWarning - > "$folder/seen" <<'PY'
import django
from django.conf import settings

settings.configure(DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}})
django.setup()
from django.db import connection, reset_queries
from django.test import TransactionTestCase
from django.test.utils import CaptureQueriesContext


def send(number: int) -> None:
    with connection.cursor() as cursor:
        for _ in range(number):
            cursor.execute("SELECT 1")


for number in (8995, 3, 4, 4):
    with CaptureQueriesContext(connection) as queries:
        send(number)
    print("sent", number, "counted", len(queries))
with TransactionTestCase().assertNumQueries(0):
    send(4)
print("assertNumQueries(0) passed over 4")
reset_queries()
with CaptureQueriesContext(connection) as queries:
    send(4)
print("after reset_queries: sent 4 counted", len(queries))
PY
cat "$folder/seen"
diff - "$folder/seen" <<'SEEN'
sent 8995 counted 8995
sent 3 counted 3
sent 4 counted 2
sent 4 counted 0
assertNumQueries(0) passed over 4
after reset_queries: sent 4 counted 4
SEEN
