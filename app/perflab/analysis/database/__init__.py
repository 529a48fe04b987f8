"""Queries and indexes: what they cost, which are needed, and what plans and structure say of them."""
