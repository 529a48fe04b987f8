"""A small Django project on SQLite, as somebody else's: a library with two models, a factor to switch, and writes."""
