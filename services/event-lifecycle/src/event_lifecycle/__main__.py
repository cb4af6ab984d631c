"""`python -m event_lifecycle serve|migrate|openapi|rebuild|republish|catch-up`."""

from chassis.loading import load_and_run

if __name__ == "__main__":
    load_and_run("event_lifecycle.command_line")
