#!/usr/bin/env bash
# django-debug-toolbar 8.0.0 with TOOLBAR_STORE_CLASS DatabaseStore: the SQL panel counts a query of the toolbar's own.
#
# A view that makes one query has one on the SQL panel when the toolbar keeps its requests in memory, which is the default. Kept
# in the database, the panel of the same view has two: the first is the BEGIN of a transaction in which the toolbar writes to its
# own table. The panel leaves out the statements that name this table, but not their BEGIN. It is there in every request, so a
# page's queries seem to be in a transaction that the project never began. In all, the store makes 68 statements beside the
# view's one, which assertNumQueries and `connection.queries` count.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check django==5.2.9 django-debug-toolbar==8.0.0
cat > "$folder/site.py" <<'PY'
import sys

import django
from django.conf import settings

settings.configure(
    DEBUG=True,
    SECRET_KEY="not a secret",
    ROOT_URLCONF="__main__",
    STATIC_URL="static/",
    INTERNAL_IPS=["127.0.0.1"],
    ALLOWED_HOSTS=["testserver"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=["django.contrib.staticfiles", "django.contrib.contenttypes", "debug_toolbar"],
    MIDDLEWARE=["debug_toolbar.middleware.DebugToolbarMiddleware"],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
    DEBUG_TOOLBAR_CONFIG={"TOOLBAR_STORE_CLASS": f"debug_toolbar.store.{sys.argv[1]}"},
)
django.setup()
from debug_toolbar.store import get_store
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import include, path


def page(request):
    return HttpResponse(f"<html><body>{ContentType.objects.count()}</body></html>")


urlpatterns = [path("", page), path("__debug__/", include("debug_toolbar.urls"))]
call_command("migrate", verbosity=0)
client = Client()
client.get("/")
with CaptureQueriesContext(connection) as captured:
    client.get("/")
store = get_store()
panel = store.panel(list(store.request_ids())[-1], "SQLPanel")
print("panel:", [query["sql"].split()[0] for query in panel["queries"]], "captured:", len(captured))
PY
memory=$("$folder/venv/bin/python" -W ignore "$folder/site.py" MemoryStore)
database=$("$folder/venv/bin/python" -W ignore "$folder/site.py" DatabaseStore)
echo "in memory:        $memory"
echo "in the database:  $database"
[ "$memory" = "panel: ['SELECT'] captured: 1" ]
[ "$database" = "panel: ['BEGIN', 'SELECT'] captured: 69" ]
