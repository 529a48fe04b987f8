"""The marketplace's settings with a fault in them."""

import os
from pathlib import Path

from site_config.settings import *  # noqa: F403  whatever the site sets holds here, too
from site_config.settings import INSTALLED_APPS as SOUND
from tests.faults import VARIABLE

# Some faults are in the schema: their migrations come after the marketplace's.
if (Path(__file__).parent / "schema" / (os.environ.get(VARIABLE) or "-")).is_dir():
    MIGRATION_MODULES = {"faults": f"tests.faults.schema.{os.environ[VARIABLE]}"}

INSTALLED_APPS = [*SOUND, "tests.faults.apps.FaultsConfig"]
