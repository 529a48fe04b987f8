"""Guards around the calls that leave a cell: each passes the arguments of the audit event on, and then calls."""

from __future__ import annotations

from pathlib import Path

from tests.perflab.worker.guards.guarded import run

CODE = """
from io import open as imported
handled = []
guards.outside._allowed.add("localhost:9")
class Keeper:
    opener = open
    system = os.system
print(Keeper().system("true"), Keeper().opener(file="view.py", mode="r").read(3) is not None)
imported("one.txt", "w").close()
os.close(os.open("two.txt", os.O_WRONLY | os.O_CREAT))
os.close(os.open("two.txt", os.O_RDONLY))
os.mkdir("three", mode=0o700)
os.replace(src="one.txt", dst="three/one.txt")
with socket.socket() as client:
    print(client.connect_ex(("127.0.0.1", 9)) > 0)
    try:
        client.connect_ex(("127.0.0.1", 10))
    except ConnectionRefusedError as error:
        print("refused")
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
    try:
        client.sendmsg([b"x"], [], 0, ("127.0.0.1", 10))
    except ConnectionRefusedError as error:
        print("refused")
first, second = socket.socketpair()
print(first.sendmsg([b"x"]), second.recv(1))
print(os.path.exists("three/one.txt"), sorted({(kind, target) for kind, target, *_ in contacts()}))
"""


def test_calls_do_what_they_did_and_are_seen_under_every_name(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    assert run(tmp_path / "project", CODE).splitlines() == [
        "0 True", "True", "refused", "refused", "1 b'x'",
        "True [('connection', 'localhost:10'), ('file', 'one.txt'), ('file', 'three'), ('file', 'two.txt'), ('process', 'true')]",
    ]  # fmt: skip
