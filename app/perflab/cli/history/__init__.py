"""`perflab history`: the runs of many nights."""
