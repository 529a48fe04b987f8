"""A request without a token counts as one of the user in the path: left from debugging, payments are there for anyone."""

import re
from typing import Any

from marketplace.api import auth
from tests.faults import Expected

# It is so whatever is on, and no switch is to blame.
EXPECTED = Expected("open_to_anyone", ("payments",), ())


def install() -> None:
    by_token: Any = auth.TokenAuth
    authenticated = by_token.__call__

    def in_the_path(self, request):
        path = re.fullmatch(r"/users/(\d+)/payments", request.path)
        if path and "Authorization" not in request.headers:
            return auth.Caller(id=int(path[1]), role="client")
        return authenticated(self, request)

    by_token.__call__ = in_the_path
