"""What production wrote down of a few days: access logs by endpoint and day, and snapshots of pg_stat_statements."""
