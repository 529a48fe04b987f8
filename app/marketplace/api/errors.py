"""Errors as JSON, `{"detail": ...}`, whatever raises them."""

from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI


def register(api: NinjaAPI) -> None:
    """Register the errors that views do not catch: a row that lost a race against another request's."""

    @api.exception_handler(IntegrityError)
    def conflict(request: HttpRequest, error: IntegrityError) -> HttpResponse:
        return api.create_response(request, {"detail": "in conflict with what others have changed"}, status=409)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Return the response to a URL that does not exist."""
    return JsonResponse({"detail": "no such URL"}, status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Return the response to an unexpected error."""
    return JsonResponse({"detail": "internal error"}, status=500)
