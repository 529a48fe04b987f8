"""The command line: the commands, and the texts that they print."""
