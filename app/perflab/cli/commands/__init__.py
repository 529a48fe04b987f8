"""The commands as click knows them: arguments, options, help. What one does is in a module of `perflab.cli`."""
