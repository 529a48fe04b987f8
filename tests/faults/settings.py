"""The marketplace's settings with a fault in them."""

from site_config.settings import *  # noqa: F403  whatever the site sets holds here, too
from site_config.settings import INSTALLED_APPS as SOUND

INSTALLED_APPS = [*SOUND, "tests.faults.apps.FaultsConfig"]
