"""What a project did beyond its cell, as it is counted."""

from __future__ import annotations

from pathlib import Path

from perflab.worker.guards.contacts import CLOCK, CONNECTION, MAIL, Contact, Contacts


def test_contacts_are_counted_by_endpoint_target_and_place(tmp_path: Path) -> None:
    contacts = Contacts(tmp_path)
    contacts.add(CONNECTION, "localhost:1", "settings.py:3")
    contacts.endpoint = "buy"
    contacts.add(CONNECTION, "localhost:1", "views.py:7")
    contacts.add(CONNECTION, "localhost:1", "views.py:7")
    assert contacts.take() == [
        (Contact(CONNECTION, "localhost:1", "settings.py:3"), 1),
        (Contact(CONNECTION, "localhost:1", "views.py:7", "buy"), 2),
    ]
    assert contacts.take() == []


def test_a_contact_is_a_sentence() -> None:
    assert Contact(CONNECTION, "localhost:1", "core/cache.py:7").sentence == "core/cache.py:7 connects to localhost:1"
    assert Contact(CONNECTION, "localhost:1").sentence == "a thread of a package connects to localhost:1"
    assert Contact(CLOCK, "the view recent").sentence == "the view recent keeps the machine's time"
    assert "kept in memory" in Contact(MAIL, "sent, and kept in memory").sentence


def test_the_innermost_line_of_the_projects_code_is_named(tmp_path: Path) -> None:
    def called(path: Path, code: str, **names: object) -> object:
        space: dict[str, object] = dict(names)
        exec(compile(code, str(path), "exec"), space)
        return space["result"]

    contacts = Contacts(tmp_path)
    package = tmp_path / "env" / "site-packages" / "client" / "net.py"

    def from_package() -> object:
        return called(package, "\n\nresult = place()", place=contacts.place)

    assert called(tmp_path / "core" / "cache.py", "\nresult = ask()", ask=from_package) == "core/cache.py:2"
    assert Contacts(tmp_path / "elsewhere").place() is not None, "this test is no project's code, but some package's"
    assert called(package, "\n\nresult = place()", place=Contacts(tmp_path / "core").place) == "client/net.py:3"
