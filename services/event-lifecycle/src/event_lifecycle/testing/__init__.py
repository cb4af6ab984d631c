"""For tests: the service as a whole on real parts, and a partner who receives webhooks."""
