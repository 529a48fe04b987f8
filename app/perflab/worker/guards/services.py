"""Services that a project uses: mail stays in memory, and tasks run where they are called."""

from __future__ import annotations

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
