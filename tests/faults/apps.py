"""Installs the fault that the environment names, once all models are there and before any view is."""

import os

from django.apps import AppConfig

from tests.faults import VARIABLE, fault


class FaultsConfig(AppConfig):
    """It has no models."""

    name = "tests.faults"
    label = "faults"

    def ready(self) -> None:
        name = os.environ.get(VARIABLE)
        if name:
            fault(name).install()
