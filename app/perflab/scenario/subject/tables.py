"""The tables of a new database: from the project's migrations or from its models, and what a deployment makes besides."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

from perflab.errors import PerflabError, SubjectError, one_line, raised_at
from perflab.scenario.subject.calls import in_project

if TYPE_CHECKING:
    from django.db.models import Model

MIGRATIONS = "migrations"
MODELS = "models"
MAX_MESSAGE = 300
ALIAS = "default"


@in_project
def make_tables(how: str = MIGRATIONS, alias: str = ALIAS) -> None:
    """Make all tables of the project in an empty database.

    Args:
        how: MIGRATIONS, or MODELS: as the models are, with no migration run.
        alias: Django's alias of the database.

    Raises:
        SubjectError: The project's migrations or models fail.
    """
    if how == MODELS:
        from_models(alias)
    else:
        migrate(alias)


def migrate(alias: str = ALIAS) -> None:
    """Run the project's migrations, in about 0.5 s, and make the tables of apps that have none.

    Args:
        alias: Django's alias of the database.

    Raises:
        SubjectError: A migration fails; the message names it.
    """
    from django.core.management import call_command
    from django.db import connections

    connection = connections[alias]
    failing: list[Any] = []
    # Tables of apps without migrations come first, as Django's test runner makes them, unless they link to migrated ones.
    first = not _links_to_migrated()
    try:
        with _noting(failing):
            call_command("migrate", database=alias, verbosity=0, interactive=False, run_syncdb=first)
        if not first:
            _create_missing(connection, _unmigrated())
    except PerflabError:
        raise
    except Exception as error:
        name = f"migration {failing[-1].app_label}.{failing[-1].name}" if failing else "migrating"
        raise SubjectError(
            f"{name}, on {_title(connection)}: {one_line(error)[:MAX_MESSAGE]}{raised_at(error)}",
            hint=_hint(connection, error),
        ) from error


def _title(connection: Any) -> str:
    """Return the kind of a database, with its alias if that is not `default`."""
    return str(connection.display_name) + ("" if connection.alias == ALIAS else f" ({connection.alias})")


def _hint(connection: Any, error: Exception) -> str:
    if "ICU is not supported" in str(error):
        return "in PERFLAB_DATABASE_URL, name a PostgreSQL server that is built with ICU"
    return (
        f"run `python manage.py migrate` on an empty {connection.display_name} database, or set `schema: models` under data"
        " in the scenario to make the tables from the models"
    )


@contextmanager
def _noting(failing: list[Any]) -> Iterator[None]:
    """Note the migration that fails: the executor is the one place that all of them pass."""
    from django.db.migrations.executor import MigrationExecutor

    executor: Any = MigrationExecutor
    apply: Callable[..., Any] = executor.apply_migration

    def noted(self: Any, state: Any, migration: Any, *arguments: Any, **options: Any) -> Any:
        try:
            return apply(self, state, migration, *arguments, **options)
        except Exception:
            failing.append(migration)
            raise

    executor.apply_migration = noted
    try:
        yield
    finally:
        executor.apply_migration = apply


def from_models(alias: str = ALIAS) -> None:
    """Make every table as the models have it, with the extensions that the project's migrations or fields ask for.

    Content types, permissions and whatever else the project makes after migrating are made too; rows that migrations make
    are not.

    Args:
        alias: Django's alias of the database.

    Raises:
        SubjectError: The database refuses a table.
    """
    from django.apps import apps
    from django.core.management.sql import emit_post_migrate_signal
    from django.db import connections

    connection = connections[alias]
    configs = list(apps.get_app_configs())
    try:
        if connection.vendor == "postgresql":
            _make_room(connection, configs)
        _create_missing(connection, configs)
        emit_post_migrate_signal(0, False, alias)
    except Exception as error:
        raise SubjectError(
            f"the tables of the models, on {_title(connection)}: {one_line(error)[:MAX_MESSAGE]}{raised_at(error)}",
            hint="set `schema: migrations` under data in the scenario, or correct the model",
        ) from error


def make_models(alias: str, models: Sequence[type[Model]]) -> None:
    """Make the tables of these models, whether the project manages them or not.

    Args:
        alias: Django's alias of the database.
        models: Models that have no table there.

    Raises:
        SubjectError: The database refuses a table.
    """
    from django.db import connections

    connection = connections[alias]
    try:
        with connection.schema_editor() as editor:
            for model in models:
                editor.create_model(model)
    except Exception as error:
        raise SubjectError(
            f"the tables of unmanaged models, on {_title(connection)}: {one_line(error)[:MAX_MESSAGE]}",
            hint="make them in the function that `subject.seed` names, or seed the models that they link to as well",
        ) from error


# -- models without migrations -----------------------------------------------------------------------------------------


def _unmigrated() -> list[Any]:
    """Return the apps that have models and no migrations."""
    from django.apps import apps
    from django.db.migrations.loader import MigrationLoader

    labels = MigrationLoader(None, ignore_no_migrations=True).unmigrated_apps
    return [config for config in apps.get_app_configs() if config.label in labels and config.models_module is not None]


def _links_to_migrated() -> bool:
    """Say whether a model of an app without migrations has a foreign key to an app with migrations."""
    try:
        configs = _unmigrated()
    except Exception:
        return False  # migrations that cannot be read fail again, by name, when they are run
    labels = {config.label for config in configs}
    models = [model for config in configs for model in config.get_models(include_auto_created=True)]
    fields: list[Any] = [field for model in models for field in model._meta.local_fields if field.is_relation]
    return any(field.related_model._meta.app_label not in labels for field in fields)


def _create_missing(connection: Any, configs: list[Any]) -> None:
    """Make the tables of these apps' models that do not exist; foreign keys come last, so the order does not matter."""
    from django.db import router

    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
    with connection.schema_editor() as editor:
        for config in configs:
            if config.models_module is None:
                continue
            for model in router.get_migratable_models(config, connection.alias, include_auto_created=False):
                if model._meta.can_migrate(connection) and bare(model._meta.db_table)[1] not in tables:
                    editor.create_model(model)


def bare(db_table: str) -> tuple[str | None, str]:
    """Return the schema (None for the default one) and the name that a model's db_table stands for.

    Django puts a name in double quotes unless it is quoted already, so `"app"."user"` and `app"."user` name a table in a schema.
    """
    quoted = db_table if db_table.startswith('"') and db_table.endswith('"') else f'"{db_table}"'
    schema, dot, name = quoted[1:-1].partition('"."')
    return (schema, name) if dot else (None, schema)


def _make_room(connection: Any, configs: list[Any]) -> None:
    """Make the extensions and schemas that the models' tables need."""
    models = [model for config in configs for model in config.get_models(include_auto_created=True)]
    with connection.cursor() as cursor:
        for name in sorted(_extensions(models)):
            cursor.execute(f"CREATE EXTENSION IF NOT EXISTS {connection.ops.quote_name(name)}")
        for schema in sorted({bare(model._meta.db_table)[0] or "" for model in models} - {""}):
            cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {connection.ops.quote_name(schema)}")
    if _extensions(models):
        connection.close()  # Django registers the types of extensions, such as hstore, when it connects


def _extensions(models: list[Any]) -> set[str]:
    """Return the extensions that migrations create, and those of fields and indexes that cannot be made without."""
    from django.db.migrations.loader import MigrationLoader

    names: set[str] = set()
    try:
        from django.contrib.postgres.operations import CreateExtension

        for migration in MigrationLoader(None, ignore_no_migrations=True).disk_migrations.values():
            names |= {operation.name for operation in migration.operations if isinstance(operation, CreateExtension)}
    except Exception:  # migrations that cannot even be read are a reason to build the models' tables
        names.clear()
    for model in models:
        names |= {"hstore" for field in model._meta.local_fields if type(field).__name__ == "HStoreField"}
        names |= {"citext" for field in model._meta.local_fields if type(field).__name__.startswith("CI")}
        classes = [name for index in model._meta.indexes for name in getattr(index, "opclasses", ())]
        names |= {"pg_trgm" for name in classes if re.search("trgm", name)}
        names |= {"btree_gist" for constraint in model._meta.constraints if _excludes(constraint)}
    return names


def _excludes(constraint: Any) -> bool:
    module = import_module(type(constraint).__module__)
    return module.__name__ == "django.contrib.postgres.constraints"


@in_project
def newest_migrations() -> dict[str, str]:
    """Return the newest migration of each app in Django's default database."""
    from django.db import connection
    from django.db.migrations.loader import MigrationLoader

    return dict(MigrationLoader(connection).graph.leaf_nodes())


# -- after the rows ----------------------------------------------------------------------------------------------------

VIEWS = """
    SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'm' AND n.nspname <> 'perflab' ORDER BY c.oid
"""


def refresh_views(connection: Any) -> list[str]:
    """Refresh all materialised views, those that others are made of first; return their names.

    A view is made after everything that it reads, so the order of creation is a right one.

    Args:
        connection: A psycopg connection to the database.

    Raises:
        SubjectError: A view cannot be refreshed.
    """
    from psycopg import Error, sql

    names = [str(name) for (name,) in connection.execute(VIEWS).fetchall()]
    for name in names:
        try:
            connection.execute(sql.SQL("REFRESH MATERIALIZED VIEW {}").format(sql.SQL(name)))
        except Error as error:
            raise SubjectError(
                f"the materialised view {name} cannot be refreshed: {one_line(error)[:MAX_MESSAGE]}",
                where="seeding", hint="refresh it by hand on a copy of the data",
            ) from error  # fmt: skip
    return names
