"""How far a copied database is: which of the project's migrations it lacks, and whether it is ahead of them."""

from __future__ import annotations

from typing import Any

from perflab.errors import SubjectError, one_line
from perflab.scenario.subject.calls import in_project

ALIAS = "default"


@in_project
def lacking() -> list[str]:
    """Return the migrations of the project that Django's default database lacks, in the order in which they run.

    Raises:
        SubjectError: The database is ahead of the project, or its migrations cannot be read.
    """
    from django.db import connections
    from django.db.migrations.executor import MigrationExecutor

    try:
        executor: Any = MigrationExecutor(connections[ALIAS])
        loader = executor.loader
        loader.check_consistent_history(connections[ALIAS])
        plan = executor.migration_plan(loader.graph.leaf_nodes())
    except Exception as error:
        raise SubjectError(
            f"the migrations of the copied database cannot be read: {one_line(error)}",
            hint="run `python manage.py showmigrations` on the source",
        ) from error
    newest: dict[str, str] = {}
    for app, name in loader.graph.leaf_nodes():
        newest[app] = max(name, newest.get(app, ""))
    ahead = sorted(
        f"{app}.{name}"
        for app, name in loader.applied_migrations
        if app in newest and (app, name) not in loader.disk_migrations and name > newest[app]
    )
    if ahead:
        raise SubjectError(
            f"the source is ahead of the project: it has {', '.join(ahead[:3])}{' and more' if len(ahead) > 3 else ''}, which "
            "the code lacks",
            where="data.source", hint="check out the code that the source runs, or copy an older database",
        )  # fmt: skip
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]
