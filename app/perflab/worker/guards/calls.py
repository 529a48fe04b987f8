"""Guards around the calls that leave a cell, in a worker.

An audit hook (PEP 578) sees more, but is called for every `id()`, every class that is unpickled and much else: 0.15 to 0.2 µs
each, half a percent of a cached request and a tenth of one that copies deeply. These guards cost nothing where nothing leaves the
cell. They see what goes through Python's own functions and its class of sockets, which is what asyncio, SSL, gevent and all
clients written in Python use.
"""

from __future__ import annotations

import _socket
import io
import os
import subprocess
from collections.abc import Callable, Mapping
from typing import Any

from perflab.worker.guards import replacing

Handlers = Mapping[str, Callable[[tuple[Any, ...]], None]]

# By the name of the audit event: where the functions are, and their names.
FUNCTIONS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "socket.getaddrinfo": (_socket, ("getaddrinfo",)),
    "socket.gethostbyname": (_socket, ("gethostbyname", "gethostbyname_ex")),
    "socket.gethostbyaddr": (_socket, ("gethostbyaddr",)),
    "os.system": (os, ("system",)),
    "os.posix_spawn": (os, ("posix_spawn", "posix_spawnp")),
    "os.exec": (os, ("execv", "execve")),
    "os.remove": (os, ("remove", "unlink")),
    "os.rename": (os, ("rename", "replace")),
    "os.mkdir": (os, ("mkdir",)),
    "os.rmdir": (os, ("rmdir",)),
}
# By the name of the audit event: the methods of a socket, and where the address stands among their arguments.
METHODS: dict[str, tuple[tuple[str, int], ...]] = {
    "socket.connect": (("connect", 0), ("connect_ex", 0)),
    "socket.sendto": (("sendto", -1),),
    "socket.sendmsg": (("sendmsg", 3),),
}
WRITING_MODES = frozenset("wax+")


class Guarded:
    """A function with a handler before it; its bound `call` stays as it is as an attribute of a class."""

    __slots__ = ("_handler", "_original")

    def __init__(self, original: Callable[..., Any], handler: Callable[[tuple[Any, ...]], None]) -> None:
        self._original = original
        self._handler = handler

    def call(self, *arguments: Any, **more: Any) -> Any:
        """Call the handler, then the function."""
        self._handler(arguments or tuple(more.values()))
        return self._original(*arguments, **more)

    def open(self, file: Any, mode: str = "r", *arguments: Any, **more: Any) -> Any:
        """Call the handler if a file is to be written, then `open`."""
        if not WRITING_MODES.isdisjoint(mode):
            self._handler((file, mode, os.O_WRONLY))
        return self._original(file, mode, *arguments, **more)

    def open_flags(self, path: Any, flags: int, *arguments: Any, **more: Any) -> Any:
        """Call the handler, then `os.open`."""
        self._handler((path, None, flags))
        return self._original(path, flags, *arguments, **more)


def install(handlers: Handlers) -> None:
    """Put the handlers before the calls.

    Args:
        handlers: What is called before, by the name of the audit event, with the event's arguments.
    """
    replacements: list[tuple[Any, Any]] = []
    for event, (module, names) in FUNCTIONS.items():
        for name in names:
            if event in handlers and hasattr(module, name):
                original = getattr(module, name)
                replacements.append((original, Guarded(original, handlers[event]).call))
    if "open" in handlers:
        replacements.append((io.open, Guarded(io.open, handlers["open"]).open))
        replacements.append((os.open, Guarded(os.open, handlers["open"]).open_flags))
    replacing.everywhere(replacements)
    for event, methods in METHODS.items():
        for name, position in methods:
            replacing.in_class(_socket.socket, name, _method(getattr(_socket.socket, name), handlers[event], position))
    _processes(handlers["subprocess.Popen"])


def _method(
    original: Callable[..., Any], handler: Callable[[tuple[Any, ...]], None], position: int
) -> Callable[..., Any]:
    def method(own: Any, *arguments: Any) -> Any:
        if position < len(arguments):
            handler((own, arguments[position]))
        return original(own, *arguments)

    return method


def _processes(handler: Callable[[tuple[Any, ...]], None]) -> None:
    patched: Any = subprocess.Popen
    original = patched.__init__

    def initialise(process: Any, args: Any, *arguments: Any, **more: Any) -> None:
        program = more.get("executable") or args
        handler((program if isinstance(program, str | bytes | os.PathLike) else next(iter(program), ""),))
        original(process, args, *arguments, **more)

    patched.__init__ = initialise
