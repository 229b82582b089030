"""The steps of routing a batch: claim, lock, decide, store."""
