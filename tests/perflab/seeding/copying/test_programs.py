"""PostgreSQL's programs as children: what they are told, and what their errors become."""

import sys

import pytest

from perflab.errors import ServerError
from perflab.seeding.copying.programs import failed, find_programs, piped, run, variables
from perflab.servers.disk.home import open_home

WRITE = "import sys; sys.stdout.write('a\\nb\\n' * 50000); print('ERROR:  no', file=sys.stderr); sys.exit({})"
READ = "import sys; print(len(sys.stdin.read()))"


def python(code):
    return [sys.executable, "-c", code]


def test_the_programs_are_beside_the_server(perflab_home):
    programs = find_programs(open_home())
    command = programs.command("psql", "--quiet", programs.folder)
    assert command[0].endswith("/psql")
    assert command[1:] == ["--quiet", str(programs.folder)]
    assert programs.version[0] >= 12


def test_only_the_labs_own_connections_are_without_the_users_variables(monkeypatch):
    monkeypatch.setenv("PGPASSFILE", "/home/ann/.pgpass")
    info = {"host": "db", "options": "-c a=b"}
    theirs, own = variables(info), variables(info, "-c c=d", own=True)
    assert (theirs["PGHOST"], theirs["PGPASSFILE"], theirs["PGOPTIONS"]) == ("db", "/home/ann/.pgpass", "-c a=b")
    assert "PGPASSFILE" not in own
    assert own["PGOPTIONS"] == "-c a=b -c c=d"


def test_one_program_reads_what_another_writes():
    with piped(python(WRITE.format(0)), {}, python(READ), {}) as (lines, ended):
        assert [*lines] == ["200000\n"]
        assert ended()[::2] == (0, 0)
    with piped(python(WRITE.format(3)), {}, python(READ), {}) as (lines, ended):
        assert [*lines] == ["200000\n"]
        assert ended() == (3, b"ERROR:  no\n", 0, b"")


def test_both_programs_end_with_the_block():
    with pytest.raises(KeyboardInterrupt), piped(python("while True: print(1)"), {}, python("while True: pass"), {}):
        raise KeyboardInterrupt


def test_an_error_is_the_first_one_that_a_program_wrote():
    written = (
        b'pg_restore: error: could not execute query: ERROR:  type "geometry" does not exist\nLINE 3: x\nCommand: x'
    )
    error = failed(written, "make the copy", "PostgreSQL at x")
    assert str(error) == 'PostgreSQL at x: cannot make the copy: type "geometry" does not exist'
    assert "it wrote no reason" in str(failed(b"", "x", "y"))
    with pytest.raises(ServerError, match="cannot read: no such thing"):
        run(python("import sys; sys.exit('psql: error: no such thing')"), {}, "read", "db")
