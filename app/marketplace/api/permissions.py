"""Who may call what."""

import functools
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest

from marketplace.api.auth import caller
from marketplace.problems import Forbidden

View = Callable[..., Any]


def own_only(view: View) -> View:
    """Only for the user that the path names.

    It stands above `cached`, so that nobody is served, or counted as a miss, who may not ask. An unknown user is
    somebody else, too: 403 does not tell who exists.
    """

    @functools.wraps(view)
    def checked(request: HttpRequest, user_id: int, **params: Any) -> Any:
        if caller(request).id != user_id:
            raise Forbidden("this is somebody else's")
        return view(request, user_id=user_id, **params)

    return checked
