"""Events that people watch: what changes is read once and told to all who may see it."""
