"""The tiny project, whose settings write to standard output when they are read, and have a child do so too."""

import os
import subprocess

from tests.projects.tiny import *  # noqa: F403

ROOT_URLCONF = "tests.projects.tiny"

os.write(1, b"the settings are being read\n")
subprocess.run(["echo", "so says a child"], check=True)
