"""What a worker notes of requests: responses as they are compared, streams within limits, and reads that write."""
