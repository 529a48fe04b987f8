#!/usr/bin/env python
"""Django's command line for the marketplace: `python manage.py migrate`, `runserver`, `perflab ...`."""

import os
import sys
from pathlib import Path


def main() -> None:
    """Put `app/` on the import path, choose the settings, and hand over to Django."""
    sys.path.insert(0, str(Path(__file__).resolve().parent / "app"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_config.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
