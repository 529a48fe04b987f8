"""What keeps a project from reaching anything outside its cell while perflab runs it.

outside.py   connections to anything but the lab's own servers are refused; processes and files outside are named
calls.py     how a worker sees them without a cost to others
contacts.py  what was refused or named: by whom, and how often
files.py     storages and log files are in the cell's own folder
services.py  mail stays in memory, and tasks run where they are called
replacing.py how functions and methods of Python's own are replaced

Guards are installed before the project's settings are imported: in workers, in the process that seeds and replays, and in
`check`.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from perflab.worker.guards import services
from perflab.worker.guards.contacts import Contacts
from perflab.worker.guards.files import Files
from perflab.worker.guards.outside import Outside


class Guards:
    """All guards of one process. They stay for its life.

    Args:
        allowed: What may be reached: `host:port`, or the path of a Unix socket or of a folder of such.
        folder: The folder of the cell, in which its files are.
        names_files: Whether files are named that the project writes outside its folder.
    """

    def __init__(self, allowed: Iterable[str], folder: Path, *, names_files: bool = True) -> None:
        self.contacts = Contacts(Path.cwd())
        self.files = Files(folder)
        self.outside = Outside(self.contacts, allowed, folder if names_files else None)
        self.outbox = services.Outbox(self.contacts)

    def install(self) -> None:
        """Install all guards, before the project's settings are imported."""
        self.files.install()
        services.send_no_logs()
        self.outside.install()

    def set_up(self) -> None:
        """Install what needs the project, once Django is set up."""
        services.set_up()

    def begin(self, endpoint: str | None) -> None:
        """Begin a request: what happens from now on is this endpoint's."""
        self.contacts.endpoint = endpoint

    def end(self) -> None:
        """End a request; 0.2 µs, outside the clocks."""
        self.outbox.empty()
        self.contacts.endpoint = None
