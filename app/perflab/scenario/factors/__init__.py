"""The kinds of factors: a module each, which holds one class (see base.py)."""

from __future__ import annotations

from importlib import import_module

from perflab.scenario.factors.base import Factor

# One line for each kind: the name of its module and the word in a scenario file.
KINDS = (
    "apps",
    "cache",
    "code",
    "database",
    "environment",
    "fetch_mode",
    "indexes",
    "joins",
    "middleware",
    "server",
    "setting",
    "template_cache",
)


def _class_of(kind: str) -> type[Factor]:
    """Return the one class that the module of a kind defines."""
    module = import_module(f"{__name__}.{kind}")
    (cls,) = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Factor) and value.__module__ == module.__name__
    ]
    return cls


CLASSES: tuple[type[Factor], ...] = tuple(_class_of(kind) for kind in KINDS)
