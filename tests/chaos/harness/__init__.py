"""The chaos harness: servers and processes of its own, load, faults, and what must be true afterwards."""
