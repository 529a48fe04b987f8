"""One question as a YAML file, checked: everything that a person can write wrong is found here, with file and line.

Import from the modules: a worker needs project.py alone, and the others cost a tenth of a second each.
"""
