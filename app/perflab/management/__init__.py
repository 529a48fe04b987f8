"""Makes perflab's management command known to Django."""
