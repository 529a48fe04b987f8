"""A small project in a process of its own, with all guards: hooks stay for the life of a process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[4]
# `guards` has contacts, files, outside and outbox; `contacts()` returns what was counted, each as (kind, target, place, count).
PREAMBLE = """
import os, socket, sys
from pathlib import Path
from perflab.worker.guards import Guards
allowed, folder = sys.argv[2:], Path(sys.argv[1])
guards = Guards(allowed, folder)
guards.install()
import django
from django.conf import settings
settings.configure(
    MEDIA_ROOT=str(Path("media").resolve()),
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "production.sqlite3"}},
)
django.setup()
def contacts():
    return [(c.kind, c.target, c.place, n) for c, n in guards.contacts.take()]
exec(compile(Path("view.py").read_text(), os.path.abspath("view.py"), "exec"))
"""


def run(root: Path, code: str, *allowed: str) -> str:
    """Run the code as `view.py` of a project; what it prints.

    Args:
        root: The project's folder.
        code: The code.
        allowed: What the project may reach.
    """
    (root / "view.py").write_text(code)
    done = subprocess.run(
        [sys.executable, "-c", PREAMBLE, str(root.parent / "cell"), *allowed],
        capture_output=True, text=True, cwd=root, check=False, env={**os.environ, "PYTHONPATH": str(PROJECT / "app")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout
