"""Refuses connections to anything but the lab's own servers, and names what else leaves the cell.

Where nothing is measured, an audit hook of Python's (PEP 578) sees every socket that Python connects, also those of code that
runs while the settings are imported; in a worker guards around the calls do (calls.py), because the hook would cost each request.
Neither sees what C libraries connect by themselves: libpq (PostgreSQL), MySQL's client, gRPC, librdkafka. For databases,
Django's own connections are therefore refused, too, unless they lead to a database that perflab made.
"""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from perflab.worker.guards import calls
from perflab.worker.guards.contacts import CONNECTION, DATABASE, FILE, LOOKUP, PROCESS, Contact, Contacts

PREFIX = "perflab_"  # of the names of databases that are the lab's
LOCAL = "localhost"
WRITING = os.O_WRONLY | os.O_RDWR
# What a process writes without anybody's asking for it.
UNREMARKABLE = ("/dev/", "/proc/", "/sys/")
COMPILED = "__pycache__"


class Refused(ConnectionRefusedError, socket.gaierror):
    """A connection or lookup that perflab refuses; code that takes either error for a server that is down takes this one, too."""


class Outside:
    """What is refused or named; installed once per process, and there for its life.

    Args:
        contacts: Where contacts are counted.
        allowed: What may be reached: `host:port`, or the path of a Unix socket or of a folder of such.
        folder: The cell's folder: files that are written elsewhere are named; None names none.
    """

    def __init__(self, contacts: Contacts, allowed: Iterable[str] = (), folder: str | Path | None = None) -> None:
        allowed = list(allowed)
        self.contacts = contacts
        self.active = False
        self._allowed = {normal(address) for address in allowed if not address.startswith("/")}
        self._sockets = tuple(os.path.realpath(address) for address in allowed if address.startswith("/"))
        self._hosts = {address.rpartition(":")[0] for address in self._allowed}
        self._own = () if folder is None else (os.path.abspath(folder), os.path.realpath(folder))
        self._names = {LOCAL, socket.gethostname().lower()}
        self._busy = False

    def install(self) -> None:
        """Guard all calls, and Django's connections to databases that are not the lab's."""
        handlers: Mapping[str, Callable[[tuple[Any, ...]], None]] = {
            "socket.connect": self._connect,
            "socket.sendto": self._connect,
            "socket.sendmsg": self._connect,
            "socket.getaddrinfo": self._look_up,
            "socket.gethostbyname": self._look_up,
            "socket.gethostbyaddr": self._look_up,
            "subprocess.Popen": self._process,
            "os.system": self._process,
            "os.posix_spawn": self._process,
            "os.exec": self._process,
        }
        if self._own:
            changing = ("os.remove", "os.rename", "os.mkdir", "os.rmdir")
            handlers = {**handlers, "open": self._open, **dict.fromkeys(changing, self._change)}
        if self._own:
            calls.install(handlers)
        else:
            self._hook(handlers)
        self._guard_databases()
        self.active = True

    def _hook(self, handlers: calls.Handlers) -> None:
        get = handlers.get

        def hook(event: str, arguments: tuple[Any, ...]) -> None:
            handler = get(event)
            if handler is not None and self.active:
                handler(arguments)

        sys.addaudithook(hook)

    # -- refused -------------------------------------------------------------------------------------------------------

    def _connect(self, arguments: tuple[Any, ...]) -> None:
        address = arguments[1]
        if address is None:
            return  # a message on a socket that is connected
        target = text_of(address)
        if isinstance(address, str | bytes):
            path = os.path.realpath(os.fsdecode(address))
            if any(path == allowed or path.startswith(allowed + os.sep) for allowed in self._sockets):
                return
        elif target in self._allowed:
            return
        raise self._refused(CONNECTION, target)

    def _look_up(self, arguments: tuple[Any, ...]) -> None:
        host = arguments[0]
        if self._busy or not host:
            return
        name = os.fsdecode(host).lower() if isinstance(host, str | bytes) else str(host)
        if name in self._names or _is_address(name):
            return
        port = arguments[1] if len(arguments) > 1 else None
        if name in self._hosts:
            self._allow_addresses_of(name)
            return
        raise self._refused(LOOKUP if port is None else CONNECTION, name if port is None else f"{name}:{port}")

    def _allow_addresses_of(self, host: str) -> None:
        """Allow the addresses that a name stands for, because a connection is made to one of these."""
        self._busy = True
        try:
            for address in {*self._allowed}:
                name, _, port = address.rpartition(":")
                if name == host:
                    self._allowed.update(text_of(answer[-1]) for answer in socket.getaddrinfo(host, int(port)))
        except OSError:
            pass  # the project is told when it looks the name up itself
        finally:
            self._busy = False

    def _refused(self, kind: str, target: str) -> Refused:
        contact = self.contacts.add(kind, target, self.contacts.place())
        return Refused(errno.ECONNREFUSED, message(contact))

    def _guard_databases(self) -> None:
        from django.db import OperationalError
        from django.db.backends.base import base

        patched: Any = base.BaseDatabaseWrapper
        connect = patched.connect

        def guarded(wrapper: Any) -> Any:
            name = os.path.basename(str(wrapper.settings_dict.get("NAME")))
            if self.active and not name.startswith(PREFIX) and not is_in_memory(name):
                host = wrapper.settings_dict.get("HOST")
                target = f"{wrapper.alias} ({name}{f' on {host}' if host else ''})"
                contact = self.contacts.add(DATABASE, target, self.contacts.place())
                raise OperationalError(f"{contact.sentence}, which perflab refuses: it is not one of the cell's copies")
            return connect(wrapper)

        patched.connect = guarded

    # -- named ---------------------------------------------------------------------------------------------------------

    def _process(self, arguments: tuple[Any, ...]) -> None:
        program = arguments[0]
        if isinstance(program, str | bytes | os.PathLike):
            words, place = os.fsdecode(program).split(), self.contacts.place()
            if words and place is not None:
                self.contacts.add(PROCESS, os.path.basename(words[0]), place)

    def _open(self, arguments: tuple[Any, ...]) -> None:
        path, _, flags = arguments
        if isinstance(flags, int) and flags & WRITING and not isinstance(path, int):
            self._written(path)

    def _change(self, arguments: tuple[Any, ...]) -> None:
        self._written(arguments[0])

    def _written(self, path: Any) -> None:
        if isinstance(path, int) or path is None:
            return
        text = os.path.abspath(os.fsdecode(path))
        if text.startswith((*UNREMARKABLE, *self._own)) or COMPILED in text:
            return
        place = self.contacts.place()
        if place is not None:
            root = self.contacts.root
            self.contacts.add(FILE, text.removeprefix(root), place)


def message(contact: Contact) -> str:
    """Return what the project's own code is told of a connection that is refused."""
    return f"{contact.sentence}, which perflab refuses; to allow it, add {contact.target!r} to `allow` under `subject`"


def text_of(address: Any) -> str:
    """Return an address as `host:port`, or the path of a socket; every loopback address is localhost."""
    if isinstance(address, str | bytes):
        return os.fsdecode(address)
    if isinstance(address, tuple) and len(address) >= 2:
        return normal(f"{os.fsdecode(address[0]) if isinstance(address[0], bytes) else address[0]}:{address[1]}")
    return str(address)


def normal(address: str) -> str:
    """Return `host:port` with the host in lower case, and every loopback address as localhost."""
    host, _, port = address.rpartition(":")
    host = host.strip("[]").lower()
    if _is_address(host) and ipaddress.ip_address(host.partition("%")[0]).is_loopback:
        host = LOCAL
    return f"{host}:{port}"


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def is_in_memory(name: str) -> bool:
    """Say whether a database of SQLite's is in memory."""
    return name == ":memory:" or "mode=memory" in name
