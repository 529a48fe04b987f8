"""A project's DATABASES on the lab's server: entry.py has one alias, layout.py which aliases share a database.

handler.py connects Django in this process to other databases for a while.
"""
