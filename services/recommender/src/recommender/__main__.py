"""`python -m recommender serve|migrate|openapi|rebuild|republish|catch-up`."""

from chassis.loading import load_and_run

if __name__ == "__main__":
    load_and_run("recommender.command_line")
