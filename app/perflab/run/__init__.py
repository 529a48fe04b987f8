"""The saved run: its tables, cells, metrics and files. Both halves of perflab know it, and neither knows the other."""
