"""`python -m tests.chaos`: harm a running product in every way that one machine can show, and tell what was lost."""

from __future__ import annotations

import signal
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from tests.chaos.harness.run import Wanted, run


def main(arguments: list[str]) -> int:
    asked = _parse(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that all that was started is ended
    size = "long" if asked.long else "brief" if asked.brief else "usual"
    rows = frozenset(row.strip() for row in asked.only.split(",") if row.strip())
    return run(Wanted(size, rows, asked.seconds, asked.json, asked.write_docs))


def _parse(arguments: list[str]) -> Namespace:
    parser = ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--long", action="store_true", help="The full figures; takes hours.")
    size.add_argument("--brief", action="store_true", help="Small figures of all that has them.")
    parser.add_argument("--only", default="", metavar="ROW[,ROW]", help="Only these rows of the table.")
    parser.add_argument("--seconds", type=float, default=0, help="Begin no group of faults after so many seconds.")
    parser.add_argument("--json", type=Path, metavar="FILE", help="Write what was found to this file too.")
    parser.add_argument("--write-docs", action="store_true", help="Put the table into docs/reliability.md.")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
