"""`python -m availability serve|migrate|openapi|…`: `command_line` says what else there is."""

from chassis.loading import load_and_run

if __name__ == "__main__":
    load_and_run("availability.command_line")
