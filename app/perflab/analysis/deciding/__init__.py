"""When a run may stop before its last round: once its claims are decided, or once the times of two revisions are known."""
