"""Events, the timers that complete them, and the partners who are told."""
