"""An app that lets every query set fetch what is missing for all of its instances at once (Django 6.1: FETCH_PEERS).

Django has no setting for that, only a constant that each new query set reads. Raw queries keep their own.
"""

from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig

MODES = "django.db.models.fetch_modes"


class Peers(AppConfig):
    """Changes the default once all models are loaded."""

    name = "perflab.worker.switches.fetching"
    label = "perflab_peers"

    def ready(self) -> None:
        """Change the default of query sets that are made from now on."""
        query = import_module("django.db.models.query")
        vars(query)["DEFAULT_FETCH_MODE"] = import_module(MODES).FETCH_PEERS
