"""No URLs: this project is only seeded."""

from typing import Any

urlpatterns: list[Any] = []
