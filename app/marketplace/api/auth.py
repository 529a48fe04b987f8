"""Who is calling: a signed bearer token that carries id and role, so that asking costs no query and no session.

A token does not expire and is not looked up, so it outlives its user's deactivation; what is asked for in the name of
a deleted user comes out empty or conflicts.
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
    """Reads `Authorization: Bearer ...`; without a token of ours the answer is 401."""

    def authenticate(self, request: HttpRequest, token: str) -> Caller | None:
        try:
            claims = Signer(salt=_SALT).unsign_object(token)
            return Caller(id=claims["id"], role=claims["role"])
        except (BadSignature, ValueError, KeyError, TypeError):
            return None


def token(user_id: int, role: str) -> str:
    """The user's token: always the same for the same id, role and SECRET_KEY."""
    return Signer(salt=_SALT).sign_object({"id": user_id, "role": role})


def headers(user_id: Any, role: str | None = None) -> dict[str, str]:
    """Request headers that log this user in. One query if the role has to be looked up."""
    if role is None:
        role = User.objects.values_list("role", flat=True).get(pk=user_id)
    return {"Authorization": f"Bearer {token(int(user_id), role)}"}


def caller(request: HttpRequest) -> Caller:
    """The caller of an authenticated request."""
    found: Caller = request.auth  # type: ignore[attr-defined]  # ninja sets it
    return found
