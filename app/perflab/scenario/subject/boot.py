"""Runs a module of perflab in any Python from 3.10 on: `python .../boot.py MODULE ARGUMENTS`.

perflab is loaded from where it lies, and no folder of the lab's packages is on sys.path: a project in an environment of its own
sees nothing but that environment. This file is run by its path, before perflab can be imported.
"""

import importlib.util
import os
import runpy
import sys


def load(folder: str) -> None:
    """Make a package importable without its folder on sys.path.

    Args:
        folder: The package's own folder.

    Raises:
        ImportError: There is no package in it.
    """
    name = os.path.basename(folder)
    spec = importlib.util.spec_from_file_location(name, os.path.join(folder, "__init__.py"))
    if spec is None or spec.loader is None:
        raise ImportError(f"no package in {folder}")
    package = importlib.util.module_from_spec(spec)
    sys.modules[name] = package
    spec.loader.exec_module(package)


if __name__ == "__main__":
    # As `python -m` does: the working directory, and not the folder of this file.
    sys.path[0] = os.getcwd()
    load(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
