"""Small projects with an ingredient that perflab got wrong once, and whole runs of them."""
