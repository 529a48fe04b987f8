"""Processes: started, watched, locked, pinned, and ended with their orchestrator."""
