"""Who is free for the whole of a meeting, and when: pure, of arrays, without facts or HTTP."""
