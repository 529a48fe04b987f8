"""Mistakes that leave responses as they are, each a class of findings with a module of its own."""
