"""What a pull request changed, from saved runs, in the forms that a forge reads: a comment, a job summary, SARIF."""
