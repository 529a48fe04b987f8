"""A project with one bottleneck at a time: each endpoint runs out of something else."""
