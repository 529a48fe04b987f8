"""URLs and views: each does something that could leave a trace outside."""

from __future__ import annotations

import logging
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.mail import send_mail
from django.http import HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import path

from tests.cases.harmless.models import Document

logger = logging.getLogger("harmless")
project: Any = settings  # these are not the settings that the types are of


def read(request: HttpRequest, pk: int) -> JsonResponse:
    """The file of a document, through its storage and through its path."""
    document = get_object_or_404(Document, pk=pk)
    with document.file.open() as file:
        text = file.read().decode()
    return JsonResponse(
        {"text": text, "same": text == (Path(project.MEDIA_ROOT) / str(document.file.name)).read_text()}
    )


def upload(request: HttpRequest) -> JsonResponse:
    """A new document; one that is changed in its place; one that is removed."""
    made = Document(name="new")
    made.file.save("old.txt", ContentFile(b"new"))
    with made.file.storage.open("documents/changed.txt", "w") as file:
        file.write("changed")
    made.file.storage.delete("documents/removed.txt")
    (Path(project.SENDFILE_ROOT) / "secret.txt").write_text("changed")
    return JsonResponse({"stored": made.file.name != "documents/old.txt"}, status=201)


def mail(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"sent": send_mail("Hello", "World", None, ["customer@example.com"])})


def log(request: HttpRequest) -> JsonResponse:
    logger.info("a request")
    return JsonResponse({"logged": True})


def call(request: HttpRequest) -> JsonResponse:
    """Connections of every kind; none arrives."""
    refused = 0
    for connect in (_tcp, _udp, _by_name):
        try:
            connect()
        except OSError:
            refused += 1
    return JsonResponse({"refused": refused})


def pay(request: HttpRequest) -> JsonResponse:
    """Fails as soon as its connection is refused, and does not say why."""
    try:
        _tcp()
    except OSError:
        raise RuntimeError("no payment") from None
    return JsonResponse({"paid": True})


def _tcp() -> None:
    with socket.create_connection(("127.0.0.1", project.PORT), timeout=5) as connection:
        connection.sendall(b"hello")


def _udp() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"hello", ("127.0.0.1", project.PORT))


def _by_name() -> None:
    socket.getaddrinfo("customers.example.com", 443)


def write(request: HttpRequest) -> JsonResponse:
    """A temporary file, and one that is nobody's."""
    with tempfile.NamedTemporaryFile() as temporary:
        temporary.write(b"temporary")
    (project.FOLDER / "export.csv").write_text("1,2,3")
    subprocess.run([sys.executable, "-c", ""], check=True)
    return JsonResponse({"inside": not Path(tempfile.gettempdir()).samefile("/tmp")})


urlpatterns = [
    path("read/<int:pk>/", read),
    path("upload/", upload),
    path("mail/", mail),
    path("log/", log),
    path("call/", call),
    path("pay/", pay),
    path("write/", write),
]
