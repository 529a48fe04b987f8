"""What a worker does with responses: reads streams within limits, and keeps what has to be compared."""
