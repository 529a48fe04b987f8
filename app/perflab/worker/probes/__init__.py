"""What is measured around one request: each probe is started before a request and read after it."""
