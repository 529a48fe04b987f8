"""What is dropped comes back as it was: held against the whole catalogue."""

from __future__ import annotations

from perflab.scenario.subject.tables import migrate
from perflab.seeding.loading import ddl

CATALOGUE = """
    SELECT 'index', i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid), i.indisvalid::text
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE NOT c.relname LIKE 'pg_%'
    UNION ALL
    SELECT contype::text, conname, pg_get_constraintdef(oid), convalidated::text || condeferrable || condeferred
    FROM pg_constraint WHERE conrelid <> 0
    ORDER BY 1, 2
"""


def test_the_schema_is_afterwards_what_it_was(database, postgres):
    name, django = database
    migrate()
    django.close()
    tables = ["marketplace_user", "marketplace_job", "marketplace_review"]
    with postgres.connect(name) as connection:
        # what Django can make besides: a partial unique index, one of an expression, one that covers
        connection.execute("CREATE UNIQUE INDEX odd_partial ON marketplace_job (title) WHERE status = 'open'")
        connection.execute('CREATE INDEX "Odd Name" ON marketplace_job (upper(title) DESC) INCLUDE (date)')
        before = connection.execute(CATALOGUE).fetchall()
        parts = ddl.parts_of(connection, tables)
        ddl.drop(connection, parts)
        during = connection.execute(CATALOGUE).fetchall()
        for part in sorted(parts, key=lambda part: part.is_foreign_key):
            for statement in part.create():
                connection.execute(statement)
        assert connection.execute(CATALOGUE).fetchall() == before
    assert len(before) - len(during) > 30
    assert {row[1] for row in during}.isdisjoint({"odd_partial", "marketplace_user_pkey", "user_email_idx"})


def following(connection, name):
    row = connection.execute("INSERT INTO marketplace_industry (name) VALUES (%s) RETURNING id", [name]).fetchone()
    return row[0]


def test_counters_go_on_after_the_greatest_key_and_never_back(database, postgres):
    name, django = database
    migrate()
    django.close()
    with postgres.connect(name) as connection:
        ddl.set_sequences(connection)
        assert following(connection, "the first of an empty table") == 1
        connection.execute("INSERT INTO marketplace_industry (id, name) VALUES (41, 'by its key')")
        ddl.set_sequences(connection)
        assert following(connection, "after it") == 42
        connection.execute("DELETE FROM marketplace_industry WHERE id > 2")
        ddl.set_sequences(connection)
        assert following(connection, "further on") == 43


def test_names_are_quoted_as_django_quotes_them(database, postgres):
    name, _ = database
    with postgres.connect(name) as connection:
        connection.execute('CREATE SCHEMA app; CREATE TABLE app."Job" (id serial PRIMARY KEY)')
        for written in ('"app"."Job"', 'app"."Job'):
            assert [part.table for part in ddl.parts_of(connection, [written])] == ['app."Job"']
            assert ddl.quoted(connection, written) == 'app."Job"'


def test_a_partitioned_table_keeps_its_keys_and_indexes(database, postgres):
    name, _ = database
    with postgres.connect(name) as connection:
        connection.execute("CREATE TABLE owner (id int PRIMARY KEY)")
        connection.execute("CREATE TABLE p (id int PRIMARY KEY, o int REFERENCES owner) PARTITION BY RANGE (id)")
        connection.execute("CREATE INDEX ON p (o)")
        connection.execute("CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (9)")
        assert ddl.partitioned(connection, ["p", "owner"]) == {"p"}
        before = connection.execute(CATALOGUE).fetchall()
        parts = ddl.parts_of(connection, ["p", "p1", "owner"])
        assert {(part.table, part.kind) for part in parts} == {("p", "f"), ("owner", "p")}
        ddl.drop(connection, parts)
        for part in sorted(parts, key=lambda part: part.is_foreign_key):
            for statement in part.create():
                connection.execute(statement)
        assert connection.execute(CATALOGUE).fetchall() == before
