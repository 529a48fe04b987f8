#!/usr/bin/env bash
# Django 6.1.3: with iterator(), or after pickling, fetch_mode(FETCH_PEERS) asks the database once for each row again.
#
# The new mode loads a relation for all instances "in the same batch" with the first one that needs it: 2 queries for a loop
# over ten books and their authors, where the default takes 11. One would expect iterator(chunk_size=100) to have batches of
# 100, as prefetch_related() has them there. But an instance knows only the peers that are built already and are still
# alive, and iterator() builds one row at a time: 11 queries, without a warning. Pickling, so also the cache, drops the peers.
# list(queryset.iterator()) has them again. (Django 6.1 needs Python 3.12.)
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
newer='import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 12))'
for python in python3 python3.13 python3.12 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.1[23]*/bin/python; do
    "$python" -c "$newer" 2> /dev/null && break
done
"$python" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check django==6.1.3
mkdir "$folder/library"
touch "$folder/library/__init__.py"
cat > "$folder/library/models.py" <<'PY'
from django.db import models


class Author(models.Model):
    name = models.TextField(default="A. Author")


class Book(models.Model):
    author = models.ForeignKey(Author, models.CASCADE)
PY
cd "$folder"
"$folder/venv/bin/python" - > "$folder/seen" <<'PY'
import pickle
import sys

import django
from django.conf import settings

sys.path.insert(0, "")
settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}, INSTALLED_APPS=["library"]
)
django.setup()
from django.db import connection, models
from django.test.utils import CaptureQueriesContext
from library.models import Author, Book

with connection.schema_editor() as editor:
    editor.create_model(Author)
    editor.create_model(Book)
for _ in range(10):
    Book.objects.create(author=Author.objects.create())
peers = Book.objects.fetch_mode(models.FETCH_PEERS)
prefetched = Book.objects.prefetch_related("author")
for label, books in {
    "default": lambda: Book.objects.all(),
    "FETCH_PEERS": lambda: peers.all(),
    "FETCH_PEERS, iterator(chunk_size=100)": lambda: peers.iterator(chunk_size=100),
    "prefetch_related, iterator(chunk_size=100)": lambda: prefetched.iterator(chunk_size=100),
    "FETCH_PEERS, list(iterator())": lambda: list(peers.iterator()),
    "FETCH_PEERS, pickled": lambda: pickle.loads(pickle.dumps(list(peers))),
}.items():
    with CaptureQueriesContext(connection) as queries:
        for book in books():
            book.author.name
    print(f"{label}: {len(queries)}")
PY
cat "$folder/seen"
diff - "$folder/seen" <<'SEEN'
default: 11
FETCH_PEERS: 2
FETCH_PEERS, iterator(chunk_size=100): 11
prefetch_related, iterator(chunk_size=100): 2
FETCH_PEERS, list(iterator()): 2
FETCH_PEERS, pickled: 11
SEEN
