"""How the value of one column of one row is drawn."""
