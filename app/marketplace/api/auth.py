"""Authentication by a signed bearer token that carries id and role, so that it costs no query and no session.

A token does not expire and is not looked up, so it outlives its user's deactivation; requests in the name of a deleted
user return nothing, or conflict.
"""

from dataclasses import dataclass
from typing import Any

from django.core.signing import BadSignature, Signer
from django.http import HttpRequest
from ninja.security import HttpBearer

from marketplace.models import User

_SALT = "marketplace.token"


@dataclass(frozen=True, slots=True)
class Caller:
    """The user behind a request; views find it as `request.auth`."""

    id: int
    role: str


class TokenAuth(HttpBearer):
    """Read `Authorization: Bearer ...`; without a valid token the response is 401."""

    def authenticate(self, request: HttpRequest, token: str) -> Caller | None:
        """Return the caller that a token names, or None if it is not valid."""
        try:
            claims = Signer(salt=_SALT).unsign_object(token)
            return Caller(id=claims["id"], role=claims["role"])
        except (BadSignature, ValueError, KeyError, TypeError):
            return None


def token(user_id: int, role: str) -> str:
    """Return a user's token: always the same for the same id, role and SECRET_KEY."""
    return Signer(salt=_SALT).sign_object({"id": user_id, "role": role})


def headers(user_id: Any, role: str | None = None) -> dict[str, str]:
    """Return request headers that authenticate this user. One query if the role has to be looked up."""
    if role is None:
        role = User.objects.values_list("role", flat=True).get(pk=user_id)
    return {"Authorization": f"Bearer {token(int(user_id), role)}"}


def caller(request: HttpRequest) -> Caller:
    """Return the caller of an authenticated request."""
    who: Caller = request.auth  # type: ignore[attr-defined]  # ninja sets it
    return who
