"""Services that a project uses: mail stays in memory, tasks run where they are called, and logs are sent nowhere."""

from __future__ import annotations

import logging
import logging.handlers
import sys
from typing import Any

from perflab.worker.guards.contacts import MAIL, Contacts


def set_up() -> None:
    """Let Celery's tasks run where they are called, whatever the app's own configuration says; once Django is set up."""
    state = sys.modules.get("celery._state")
    if state is None:
        return
    for app in list(state._get_active_apps()):
        app.conf.task_always_eager = True


# Handlers of Python's `logging` that send records elsewhere.
SENDING = frozenset({"SysLogHandler", "SMTPHandler", "HTTPHandler", "SocketHandler", "DatagramHandler"})


def send_no_logs() -> None:
    """Let log handlers that send records elsewhere do nothing, whoever makes them."""

    def initialise(handler: logging.Handler, *arguments: Any, **more: Any) -> None:
        logging.Handler.__init__(handler)

    for name in SENDING:
        patched: Any = getattr(logging.handlers, name)
        patched.__init__ = initialise
        patched.emit = logging.NullHandler.emit
        patched.close = logging.Handler.close


class Outbox:
    """Django's mails in memory, which are counted and dropped after each request.

    Args:
        contacts: Where mails are counted.
    """

    def __init__(self, contacts: Contacts) -> None:
        self._contacts = contacts
        self._mail: Any = None

    def empty(self) -> None:
        """Count the mails of a request, and drop them; 0.1 µs without any, outside the clocks."""
        mail = self._mail = self._mail or sys.modules.get("django.core.mail")
        box = getattr(mail, "outbox", None)
        if box:
            self._contacts.add(MAIL, "sent, and kept in memory", None, len(box))
            box.clear()
