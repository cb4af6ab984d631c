"""`python -m chaos --seeds 10 --faults 10`: break it again and again, and print what was seen."""

import argparse
import sys
from pathlib import Path

from chaos.faults import faketime_library
from chaos.plan import KINDS, in_a_row, make_plan
from chaos.report import Report, failures, table, write
from chaos.run import run_seed

OUT = Path(__file__).parents[3] / "benchmarks" / "out" / "chaos.json"


def main() -> int:
    parser = argparse.ArgumentParser("chaos", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1, help="how many runs (1)")
    parser.add_argument("--first", type=int, default=0, help="the first seed (0)")
    parser.add_argument("--faults", type=int, default=10, help="faults in each run (10)")
    parser.add_argument(
        "--seconds", type=float, default=60, help="how long a run's load lasts (60)"
    )
    parser.add_argument("--kind", action="append", choices=list(KINDS), help="only this kind")
    parser.add_argument(
        "--together", action="store_true", help="all on one deployment, checked in the end"
    )
    parser.add_argument("--plan", action="store_true", help="only print the plans")
    parser.add_argument("--keep", action="store_true", help="leave all data where it is")
    parser.add_argument("--out", type=Path, default=OUT, help="where the report goes, as JSON")
    options = parser.parse_args()
    kinds = options.kind or list(KINDS)
    if faketime_library() is None and not options.kind:
        print("Clock jumps are left out: faketime is not installed.", file=sys.stderr)
        kinds.remove("clock jumps")
    seeds = range(options.first, options.first + options.seeds)
    plans = {seed: make_plan(seed, options.faults, options.seconds, kinds) for seed in seeds}
    seconds = options.seconds
    if options.together:
        plans = {options.first: in_a_row([*plans.values()], seconds)}
        seconds *= options.seeds
    if options.plan:
        for seed, plan in plans.items():
            print(f"seed {seed}", *plan, sep="\n  ")
        return 0
    reports: list[Report] = []
    for seed, plan in plans.items():
        report = run_seed(seed, plan, seconds, keep=options.keep, say=_say)
        print(*report.violations, sep="\n", flush=True)
        reports.append(report)
        write(reports, options.out)
    print(table(reports))
    wrong = failures(reports)
    print(*wrong, sep="\n")
    return 1 if wrong else 0


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    # The servers that are started end with the thread that started them: this one.
    sys.exit(main())
