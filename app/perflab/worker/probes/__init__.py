"""What is measured around one request. Each probe is told when a request starts and read when it has ended."""
