"""The tables of a new database. Whole projects are in tests/cases."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.db import NotSupportedError, connections

from perflab.errors import SubjectError
from perflab.scenario.subject import tables as schema


def names(connection):
    with connection.cursor() as cursor:
        return set(connection.introspection.table_names(cursor))


def test_a_failing_migration_is_named(database):
    _, connection = database
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE marketplace_user ()")
    message = r"^migration marketplace\.0001_initial, on PostgreSQL: ProgrammingError: .*already exists"
    with pytest.raises(SubjectError, match=message) as caught:
        schema.migrate()
    assert "\n" not in str(caught.value)
    from django.db.migrations.executor import MigrationExecutor

    assert MigrationExecutor.apply_migration.__name__ == "apply_migration", "Django's own is back"


def test_a_collation_that_the_servers_build_lacks_needs_another_server(database, monkeypatch):
    from django.db.migrations.executor import MigrationExecutor

    def refuse(*arguments, **options):
        raise NotSupportedError("ICU is not supported in this build")

    monkeypatch.setattr(MigrationExecutor, "apply_migration", refuse)
    with pytest.raises(SubjectError, match="ICU is not supported") as caught:
        schema.migrate()
    assert "PERFLAB_DATABASE_URL" in str(caught.value.hint)


def test_migrations_that_fail_elsewhere_name_the_alias(new_database, postgres):
    from perflab.seeding.target import django_on_all

    databases = {alias: postgres.django_settings(new_database()) for alias in ("default", "log")}
    with django_on_all(databases):
        with connections["log"].cursor() as cursor:
            cursor.execute("CREATE TABLE marketplace_user ()")
        with pytest.raises(SubjectError, match=r"^migration marketplace\.0001_initial, on PostgreSQL \(log\): "):
            schema.migrate("log")


def test_models_make_the_same_tables_as_migrations(database, new_database, postgres):
    from perflab.seeding.target import django_on

    _, connection = database
    schema.make_tables(schema.MODELS)
    made = names(connection)
    assert Permission.objects.count() > 10, "what comes after migrating is there"
    with django_on(postgres.django_settings(new_database())) as other:
        schema.make_tables(schema.MIGRATIONS)
        assert names(other) - {"django_migrations"} == made


def test_a_model_that_the_database_refuses(database):
    _, connection = database
    with connection.cursor() as cursor:
        cursor.execute("CREATE TYPE marketplace_user AS (x int)")
    with pytest.raises(SubjectError, match="the tables of the models, on PostgreSQL"):
        schema.from_models()


@pytest.mark.parametrize(
    ("db_table", "schema_and_name"),
    [("job", (None, "job")), ('"app"."Job"', ("app", "Job")), ('app"."job', ("app", "job")), ('"Job"', (None, "Job"))],
)
def test_names_of_tables(db_table, schema_and_name):
    assert schema.bare(db_table) == schema_and_name


def test_views_are_refreshed_the_first_first(database, postgres):
    name, _ = database
    connections["default"].close()
    with postgres.connect(name) as connection:
        connection.execute("CREATE TABLE t AS SELECT 1 AS n")
        connection.execute("CREATE MATERIALIZED VIEW z AS SELECT sum(n) AS n FROM t WITH NO DATA")
        connection.execute('CREATE MATERIALIZED VIEW "A" AS SELECT n FROM z WITH NO DATA')
        connection.execute("INSERT INTO t VALUES (2)")
        assert schema.refresh_views(connection) == ["z", '"A"']
        assert connection.execute('SELECT n FROM "A"').fetchone() == (3,)
        connection.execute("CREATE MATERIALIZED VIEW broken AS SELECT 1 / (n - 1) AS x FROM t WITH NO DATA")
        with pytest.raises(SubjectError, match="materialised view broken cannot be refreshed: DivisionByZero"):
            schema.refresh_views(connection)
