"""The keys of parts of a scenario file; models.py has the others, and the whole."""
