"""What of a project's settings a cell has for itself, one module for each subject.

Each is a function from the project's own settings and the cell's place to the settings that the cell has instead, with remarks
for `check`, run.json and the page.
"""
