"""A trigger, or a lock of a batch that never ends: the database does not compute, and the query takes three milliseconds."""

from typing import Any

from django.db import connection

from marketplace.selectors import applications
from tests.faults import Expected

EXPECTED = Expected("waits", ("applications",), ())


def install() -> None:
    selector: Any = applications
    applications_of = selector.applications_of

    def after_a_while(user_id, number):
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_sleep(0.003)")
        return applications_of(user_id, number)

    selector.applications_of = after_a_while
