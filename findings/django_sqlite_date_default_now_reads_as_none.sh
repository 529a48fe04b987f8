#!/usr/bin/env bash
# Django 5.2.19 on SQLite: DateField(db_default=Now()) stores a moment with its time of day, which Django then reads as None.
#
# The column's default writes text such as "2026-11-29 02:44:10.123"; the converter of dates accepts only "2026-11-29", and
# gives None for anything else, without an error. The row is not null to the database: day__isnull=False finds it, and so does
# day__year. The same model on PostgreSQL casts, and reads a date.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check django==5.2.19
"$folder/venv/bin/python" - > "$folder/seen" <<'PY'
import django
from django.conf import settings

settings.configure(DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}, USE_TZ=True)
django.setup()
from django.db import connection, models
from django.db.models.functions import Now


class Entry(models.Model):
    day = models.DateField(db_default=Now())

    class Meta:
        app_label = "diary"


with connection.schema_editor() as editor:
    editor.create_model(Entry)
entry = Entry.objects.create()
entry.refresh_from_db()
print("read:", entry.day)
with connection.cursor() as cursor:
    cursor.execute("SELECT length(day) > length('2026-11-29') FROM diary_entry")
    print("stored with a time of day:", bool(cursor.fetchone()[0]))
print("not null:", Entry.objects.filter(day__isnull=False).count(), "in a year:", Entry.objects.filter(day__year__gte=2000).count())
PY
cat "$folder/seen"
diff - "$folder/seen" <<'SEEN'
read: None
stored with a time of day: True
not null: 1 in a year: 1
SEEN
