"""The account is locked while it is read, as if it were to be changed: two pages of one user wait for each other."""

from typing import Any

from django.db import transaction

from marketplace.models import Profile
from marketplace.selectors import people
from tests.faults import Expected

EXPECTED = Expected("lock_in_read", ("account",), ())


def install() -> None:
    selector: Any = people
    account = selector.account

    def locked(user_id):
        with transaction.atomic():
            Profile.objects.select_for_update().filter(user_id=user_id).first()
            return account(user_id)

    selector.account = locked
