"""What Commontime's services say to each other: facts, states, topics, the envelope."""
