"""Seeding: model rows built by the project's factories, multiplied to millions.

A project describes its data with the vocabulary exported here (see table.py and columns.py).
"""

from __future__ import annotations

from perflab.seeding.columns import (
    After,
    Between,
    Column,
    Distinct,
    Each,
    Either,
    Mostly,
    Numbered,
    Pick,
    Popular,
    Same,
    Sometimes,
    Turn,
    Uuid,
)
from perflab.seeding.multiply import Progress, multiply
from perflab.seeding.table import Table

__all__ = [
    "After",
    "Between",
    "Column",
    "Distinct",
    "Each",
    "Either",
    "Mostly",
    "Numbered",
    "Pick",
    "Popular",
    "Progress",
    "Same",
    "Sometimes",
    "Table",
    "Turn",
    "Uuid",
    "multiply",
]
