"""A shop that reads from a replica, and keeps its log in a database of its own."""
