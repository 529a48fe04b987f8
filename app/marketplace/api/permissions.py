"""Permissions of endpoints."""

import functools
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest

from marketplace.api.auth import caller
from marketplace.problems import Forbidden

View = Callable[..., Any]


def own_only(view: View) -> View:
    """Let only the user in the path call the view.

    It stands above `cached`, so that a forbidden request is neither served nor counted as a miss. An unknown user is somebody
    else, too: 403 does not reveal who exists.
    """

    @functools.wraps(view)
    def checked(request: HttpRequest, user_id: int, **params: Any) -> Any:
        if caller(request).id != user_id:
            raise Forbidden("this is somebody else's")
        return view(request, user_id=user_id, **params)

    return checked
