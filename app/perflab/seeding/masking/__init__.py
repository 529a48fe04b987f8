"""Personal data of a copied database: which columns hold them, and what stands for their values in the copy."""
