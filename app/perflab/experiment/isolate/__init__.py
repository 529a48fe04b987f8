"""What a cell's own world needs of the project's settings: one module per subject.

Each turns the project's own settings and a cell's place into the settings of its worker, and says what it had to change.
"""
