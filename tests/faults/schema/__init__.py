"""The migrations of faults that are in the schema: a package for each, named as the fault is."""
