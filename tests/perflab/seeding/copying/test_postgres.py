"""A copy of a PostgreSQL: all tables with their rows, masked before they leave it; its log shows that nothing was written."""

import re
from dataclasses import replace

import psycopg
import pytest

from perflab.errors import InputError, ServerError
from perflab.seeding.copying.catalogue import Source, Table, available_extensions, reading
from perflab.seeding.copying.place import Place
from perflab.seeding.copying.postgres import copy_database, script_of
from perflab.seeding.copying.programs import find_programs
from perflab.seeding.masking.rules import Column, masks
from perflab.servers.database import POSTGRESQL
from perflab.servers.disk.home import open_home
from perflab.servers.postgres import PostgresServer
from tests.waiting import wait_until

pytestmark = pytest.mark.servers

COPY = "perflab_run_copy"
HOSTILE = "a 'b' \"c\" \\echo :x \n\\! true; --é"
WRITES = re.compile(
    r"\b(INSERT|UPDATE|DELETE|CREATE|DROP|ALTER|TRUNCATE|VACUUM|ANALYZE|GRANT|nextval|setval|COPY \S+ .*FROM)\b"
)
SCHEMA = f"""
    CREATE SCHEMA own;
    CREATE TABLE own.person (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text UNIQUE,
        phone varchar(20) CHECK (phone <> 'x'), city text NOT NULL, shout text GENERATED ALWAYS AS (upper(city)) STORED,
        seen inet);
    INSERT INTO own.person (email, phone, city, seen)
        SELECT chr(96 + n / 10) || n || '@c.io', '+49' || n, 'Essen' || chr(9) || n, '192.0.2.7' FROM generate_series(10, 200) n;
    INSERT INTO own.person (email, phone, city) VALUES (NULL, NULL, '\\.'), ('', '', E'a\\nb\\\\N');
    CREATE TABLE "{HOSTILE.replace('"', '""')}" (note text, "{HOSTILE.replace('"', '""')}" text);
    INSERT INTO "{HOSTILE.replace('"', '""')}" VALUES ('ann@corp.com', 'x');
    CREATE TABLE log (day date, ip text) PARTITION BY RANGE (day);
    CREATE TABLE log_2026 PARTITION OF log FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
    INSERT INTO log VALUES ('2026-05-06', '192.0.2.7');
    CREATE MATERIALIZED VIEW cities AS SELECT DISTINCT city FROM own.person;
    CREATE FUNCTION shouted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.city := 'changed'; RETURN NEW; END $$;
    CREATE TRIGGER shouting BEFORE INSERT ON own.person FOR EACH ROW EXECUTE FUNCTION shouted();
    CREATE SEQUENCE own.lonely START 7;
    CREATE SCHEMA perflab;
    CREATE TABLE perflab.theirs (email text);
"""


@pytest.fixture(scope="module")
def source(perflab_home):
    """A server that logs every statement, with a database of somebody else's."""
    with PostgresServer(settings={"log_statement": "all"}) as server:
        server.maintenance.execute("CREATE DATABASE shop")
        info = server.conninfo("shop")
        place = Place(POSTGRESQL, "a database", info)
        with psycopg.connect(**info, autocommit=True) as connection:
            connection.execute(SCHEMA)
        # A backend's counts reach the server's statistics when it ends, which is after the client has gone.
        wait_until(lambda: written(place)[0] > 0, 60, "the rows of the source are counted")
        yield server, place


@pytest.fixture(scope="module")
def copied(source, postgres):
    """The masks, the remarks, a connection to the copy, and what the source's server has logged meanwhile."""
    server, place = source
    begun = len(server.log_path.read_text())
    counts = written(place)
    postgres.create_database(COPY)
    made, lacks = copy_database(
        place, postgres, COPY, find_programs(open_home()), lambda columns: masks(columns, []), lambda _: None
    )
    assert written(place) == counts
    with postgres.connect(COPY) as connection:
        yield made, lacks, connection, server.log_path.read_text()[begun:]
    postgres.drop(COPY)


def written(place):
    """What the server counts as written in the database, once all sessions have reported."""
    with psycopg.connect(**place.info, autocommit=True) as connection:
        connection.execute("SELECT pg_stat_force_next_flush()")
        query = "SELECT tup_inserted, tup_updated, tup_deleted FROM pg_stat_database WHERE datname = 'shop'"
        return connection.execute(query).fetchone()


def test_nothing_is_written_to_the_source(copied):
    log = copied[-1]
    statements = re.findall(r"(?:statement|execute \S+): (.*)", log)
    assert any("COPY (SELECT" in statement for statement in statements)
    assert len([statement for statement in statements if "READ ONLY" in statement]) == 3, (
        "the catalogue, the schema, the rows"
    )
    assert WRITES.search("INSERT INTO x"), "writing would be seen"
    writing = [
        each
        for each in statements
        if WRITES.search(re.sub(r"'[^']*'|\"[^\"]*\"", "", each)) and "TO STDOUT" not in each
    ]
    assert [each for each in writing if not re.match(r"\s*(SELECT|PREPARE|EXECUTE|SET|WITH|LOCK)\b", each)] == []
    assert "corp.com" not in log


def test_rows_are_copied_and_masked(copied):
    made, lacks, connection, _ = copied
    assert lacks == []
    assert [mask.label for mask in made] == ["person.email", "person.phone", "person.seen", "log.ip"]
    rows = connection.execute(
        "SELECT id, email, phone, city, shout, host(seen) FROM own.person ORDER BY ctid"
    ).fetchall()
    assert len(rows) == 193
    assert [row[0] for row in rows] == list(range(1, 194)), "rows keep their order"
    assert rows[5][3:5] == ("Essen\t15", "ESSEN\t15")
    assert len(rows[5][1]) == len("a15@c.io")
    assert len(rows[5][2]) == 5
    assert rows[5][5].startswith("10.")
    assert [row[:4] for row in rows[-2:]] == [(192, None, None, "\\."), (193, "", "", "a\nb\\N")], (
        "no trigger changes them"
    )
    assert not [row for row in rows if row[1] and "c.io" in row[1]]
    assert connection.execute("SELECT count(*), count(DISTINCT phone) FROM own.person").fetchone()[0] == 193
    ((day, ip),) = connection.execute("SELECT day, ip FROM log").fetchall()
    assert (str(day), ip[:3]) == ("2026-05-06", "10.")


def test_names_may_have_any_characters(copied):
    name = psycopg.sql.Identifier(HOSTILE)
    assert copied[2].execute(psycopg.sql.SQL("SELECT note, {} FROM {}").format(name, name)).fetchall() == [
        ("ann@corp.com", "x")
    ]


def test_indexes_keys_triggers_and_sequences_are_as_in_the_source(copied):
    connection = copied[2]
    indexes = {
        name for (name,) in connection.execute("SELECT indexname FROM pg_indexes WHERE schemaname = 'own'").fetchall()
    }
    assert indexes == {"person_pkey", "person_email_key"}
    assert connection.execute("SELECT tgname FROM pg_trigger WHERE tgname = 'shouting'").fetchall() == [("shouting",)]
    assert connection.execute("SELECT nextval('own.person_id_seq')").fetchone() == (194,)
    assert connection.execute("SELECT count(*) FROM pg_matviews").fetchone() == (1,)
    assert connection.execute("SELECT to_regclass('perflab.theirs')").fetchone() == (None,)


def test_what_the_source_refuses_is_an_error_in_one_line(source, postgres):
    _, place = source
    with psycopg.connect(**place.info, autocommit=True) as connection:
        connection.execute("CREATE ROLE reader LOGIN")
    with pytest.raises(ServerError) as caught, reading(replace(place, info={**place.info, "dbname": "gone"})):
        pass
    assert "cannot connect: connection failed" in str(caught.value) or "does not exist" in str(caught.value)
    name = "perflab_run_refused"
    postgres.create_database(name)
    refused = replace(place, info={**place.info, "user": "reader"})
    with pytest.raises(ServerError, match=r"database shop: cannot read the schema: .*permission denied"):
        copy_database(refused, postgres, name, find_programs(open_home()), lambda columns: [], lambda _: None)
    with pytest.raises(InputError, match=r"there are not enough masks of the same length for t.name, which is unique"):
        exhausted(source, postgres, name)
    postgres.drop(name)


def exhausted(source, postgres, name):
    """A unique column with more values of one character than there are masks of one."""
    _, place = source
    with psycopg.connect(**place.info, autocommit=True) as connection:
        connection.execute("CREATE DATABASE letters")
        info = {**place.info, "dbname": "letters"}
        with psycopg.connect(**info, autocommit=True) as letters:
            letters.execute("CREATE TABLE t (name text UNIQUE)")
            letters.execute("INSERT INTO t SELECT chr(96 + n) FROM generate_series(1, 26) n")
    one = masks([Column("t", "user_name", "text", "public")], [])
    unique = [
        replace(mask, label="t.name", column=Column("t", "name", "text", "public"), is_unique=True) for mask in one
    ]
    copy_database(
        replace(place, info=info), postgres, name, find_programs(open_home()), lambda columns: unique, lambda _: None
    )


def test_a_script_reads_by_the_snapshot_and_keeps_the_key_to_itself():
    columns = (Column("t", "email", "text", "public"), Column("t", "n", "integer", "public"))
    source = Source("00-1", (Table("public", "t", 5, columns),), ())
    script = script_of(source, masks(list(columns), [])).decode()
    assert "SET TRANSACTION SNAPSHOT '00-1';" in script
    assert "gen_random_uuid()" in script
    assert '\'COPY "public"."t" ("email", "n") FROM STDIN WITH (FREEZE);\'' in script


def test_a_server_tells_which_extensions_it_has(postgres):
    with postgres.connect() as connection:
        assert "plpgsql" in available_extensions(connection)
