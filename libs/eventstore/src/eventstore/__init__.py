"""Stores facts: append with an expected version, projections, idempotency, outbox, relay."""
