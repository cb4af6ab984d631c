"""Takes commands about participants of polls and their schedules."""
