"""A shop on PostgreSQL with a backend class of its own, whose settings matter to what its views do."""
