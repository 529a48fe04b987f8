"""What is dropped comes back as it was: held against the whole catalogue."""

from __future__ import annotations

from perflab.seeding.loading import ddl
from perflab.seeding.target import migrate

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


def test_sequences_go_on_after_the_last(database, postgres):
    name, django = database
    migrate()
    django.close()
    with postgres.connect(name) as connection:
        for last, following in ((41, 42), (0, 1)):
            ddl.set_sequences(connection, "marketplace_industry", ["id"], last)
            row = connection.execute(
                "INSERT INTO marketplace_industry (name) VALUES (%s) RETURNING id", [str(last)]
            ).fetchone()
            assert row == (following,)
