"""What servers leave on disk: data directories, their integrity, shared memory, and cleaning up."""
