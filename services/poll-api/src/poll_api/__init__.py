"""Commands about polls: opening, revising, closing, reopening, finalising, cancelling."""
