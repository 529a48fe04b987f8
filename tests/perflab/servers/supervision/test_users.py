"""The same as an ordinary user: tested from root too, by becoming one."""

import json
import os
import pwd
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from perflab.errors import ServerError
from perflab.servers.disk.home import Home
from perflab.servers.supervision.lock import replay_lock, tickets
from perflab.servers.supervision.users import ServerUser, can_reach, is_root
from tests.perflab.servers.helpers import APP, SCRIPT, alive
from tests.waiting import wait_until

pytestmark = pytest.mark.skipif(not is_root(), reason="an ordinary user's servers are what the other tests start")
PACKAGES = [path for path in sys.path if path.endswith("site-packages")]
WAIT = (
    "import sys; from pathlib import Path; from perflab.servers.supervision.lock import replay_lock\n"
    "tell = lambda who: print(who, flush=True)\n"
    "with replay_lock('other user', path=Path(sys.argv[1]), waiting=tell):\n"
    "    print('got it', flush=True)"
)
HOLD = f"{WAIT}; sys.stdin.readline()"


@pytest.fixture
def someone() -> ServerUser:
    for name in ("daemon", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return ServerUser(name, entry.pw_uid, entry.pw_gid)
    pytest.skip("no other user here")


@pytest.fixture
def interpreter(someone: ServerUser) -> str:
    """A Python that the other user can run, of this one's version, so that it can use the same packages."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    name = f"python{version}"
    candidates = [sys.executable, f"/usr/bin/{name}", f"/usr/local/bin/{name}", shutil.which(name)]
    for path in (*map(Path, PACKAGES), APP, SCRIPT):
        if not can_reach(someone, path):
            pytest.skip(f"{someone.name} cannot read {path}")
    for candidate in candidates:
        if candidate and can_reach(someone, Path(candidate).resolve()):
            return candidate
    pytest.skip(f"no Python {version} that {someone.name} can run")


def _start(interpreter: str, someone: ServerUser, home: Path, *arguments: str) -> subprocess.Popen[str]:
    shims = home / "shims"
    shims.mkdir(exist_ok=True)
    # redis-py wants this package before Python 3.11.3, and this environment may have been made with a later one
    (shims / "async_timeout.py").write_text("from asyncio import timeout\n")
    path = os.pathsep.join([str(APP), *PACKAGES, str(shims)])
    return subprocess.Popen(
        [interpreter, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd="/",
        user=someone.uid, group=someone.gid, extra_groups=[],
        env={"PATH": os.environ["PATH"], "PERFLAB_HOME": str(home), "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip


def test_both_servers_run_as_the_user_and_go_with_it(interpreter: str, someone: ServerUser, home: Home) -> None:
    own = home.path / "own"
    own.mkdir()
    os.chown(own, someone.uid, someone.gid)
    with _start(interpreter, someone, own, str(SCRIPT)) as process:
        assert process.stdout
        facts = json.loads(process.stdout.readline())
        try:
            assert facts["uid"] == someone.uid
            assert facts["clocks"] == [True, True]
            for pid in facts["pids"]:
                assert os.stat(f"/proc/{pid}").st_uid == someone.uid
        finally:
            process.kill()
        wait_until(lambda: not alive(facts["pids"]), 5)


def test_users_take_turns(interpreter: str, someone: ServerUser, home: Home) -> None:
    """Each user can lock what the other made, and is told who holds it."""
    path = home.path / "turns" / "replay.lock"
    with replay_lock("root's replay", path=path):
        process = _start(interpreter, someone, home.path, "-c", WAIT, str(path))
        assert process.stdout
        line = process.stdout.readline()
    assert process.communicate(timeout=20)[0] == "got it\n"
    assert line == f"pid {os.getpid()} (root's replay)\n"


def test_root_waits_for_a_user_who_made_the_lock(interpreter: str, someone: ServerUser, home: Home) -> None:
    open_to_all = home.path / "open"  # as /var/tmp is
    open_to_all.mkdir()
    open_to_all.chmod(0o1777)
    path = open_to_all / "turns" / "replay.lock"
    with _start(interpreter, someone, home.path, "-c", HOLD, str(path)) as process:
        assert process.stdout and process.stdin
        assert process.stdout.readline() == "got it\n"
        assert path.stat().st_uid == path.parent.stat().st_uid == someone.uid
        message = rf"in use by pid {process.pid} \(other user\)"
        with pytest.raises(ServerError, match=message), replay_lock("root's", timeout_s=0, path=path):
            pass
        process.kill()
        process.wait()
        with replay_lock("root's", timeout_s=0, path=path):
            assert [ticket.what for ticket in tickets(path)] == ["root's"]
