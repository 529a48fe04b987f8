"""Reads and checks scenarios, each one question in one YAML file; every mistake in it is reported with file and line.

Import from the modules: a worker needs project.py alone, and the others cost a tenth of a second each.
"""
