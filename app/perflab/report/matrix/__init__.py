"""The page of a matrix: for each claim, where it holds, where it flips, and where the runs cannot tell."""
