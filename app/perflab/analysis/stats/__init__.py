"""Statistics without a subject: samples as matrices, means, intervals, families of tests."""
