#!/usr/bin/env bash
# django-cachalot 2.9.1 under Django 6.1.3: rows that models.DB_CASCADE deleted are still there, without raw SQL anywhere.
#
# cachalot (which names Django 6.1 as supported) invalidates the tables of each statement that the ORM sends. With DB_CASCADE
# the ORM sends one DELETE for the author, and the database deletes the books: a cached query on the books alone goes on as
# before. With CASCADE the same lines are right, because Django sends the DELETE of the books itself. One would expect the
# same results with either on_delete, since both programs use nothing but models. cachalot.api.invalidate("library.Book") after
# the delete helps. (Django 6.1 needs Python 3.12.)
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
newer='import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 12))'
for python in python3 python3.13 python3.12 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.1[23]*/bin/python; do
    "$python" -c "$newer" 2> /dev/null && break
done
"$python" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check django==6.1.3 django-cachalot==2.9.1
mkdir "$folder/library"
touch "$folder/library/__init__.py"
cat > "$folder/library/models.py" <<'PY'
import os

from django.db import models

PREFIX = os.environ["PREFIX"]


class Author(models.Model):
    pass


class Book(models.Model):
    author = models.ForeignKey(Author, getattr(models, f"{PREFIX}CASCADE"))
PY
cat > "$folder/delete.py" <<'PY'
import django
from django.conf import settings

settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
    INSTALLED_APPS=["cachalot", "library"],
)
django.setup()
from cachalot.api import cachalot_disabled, invalidate
from django.db import connection
from library.models import PREFIX, Author, Book


def books() -> str:
    return f"count {Book.objects.count()}, ids {list(Book.objects.values_list('id', flat=True))}"


with connection.schema_editor() as editor:
    editor.create_model(Author)
    editor.create_model(Book)
author = Author.objects.create()
Book.objects.create(author=author)
books()
author.delete()
print(f"{PREFIX}CASCADE, cachalot: {books()}")
with cachalot_disabled():
    print(f"{PREFIX}CASCADE, database: {books()}")
invalidate("library.Book")
print(f"{PREFIX}CASCADE, after invalidate(): {books()}")
PY
for prefix in "" DB_; do
    PREFIX=$prefix "$folder/venv/bin/python" "$folder/delete.py"
done > "$folder/seen"
cat "$folder/seen"
diff - "$folder/seen" <<'SEEN'
CASCADE, cachalot: count 0, ids []
CASCADE, database: count 0, ids []
CASCADE, after invalidate(): count 0, ids []
DB_CASCADE, cachalot: count 1, ids [1]
DB_CASCADE, database: count 0, ids []
DB_CASCADE, after invalidate(): count 0, ids []
SEEN
