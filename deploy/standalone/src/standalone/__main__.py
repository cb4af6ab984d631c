"""`python -m standalone`: the process with all four services, which `commontime up` starts."""

from chassis.loading import load_and_run

if __name__ == "__main__":
    load_and_run("standalone.app")
