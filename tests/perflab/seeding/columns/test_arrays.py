"""numpy and pyarrow are there when a column is drawn, and not before."""

from __future__ import annotations

import subprocess
import sys

import numpy
import pyarrow
import pyarrow.compute

from perflab.seeding.columns.arrays import np, pa, pc

CODE = """
import sys
from perflab.seeding import Between, Each, Key, Numbered, Pick, Popular, Series, Table, Uuid
print("numpy" in sys.modules, "pyarrow" in sys.modules, Popular(int, exponent=2.0))
"""


def test_what_they_have_is_the_modules() -> None:
    assert np.arange is numpy.arange
    assert pa.array is pyarrow.array
    assert pc.cast is pyarrow.compute.cast


def test_a_description_needs_neither() -> None:
    ran = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert ran.stdout.startswith("False False Popular(")
