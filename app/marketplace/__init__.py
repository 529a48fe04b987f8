"""A shift-work marketplace: the subject that perflab ships with, to be experimented on."""
