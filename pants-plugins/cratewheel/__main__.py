"""The `cratewheel` command: parts of a release on machines where Pants does not run."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Optional

from cratewheel.errors import CratewheelError

#: What each sub-command does; its module is `cratewheel.commands.NAME`.
COMMANDS = {
    "build": "build one row of a plan, with maturin or cargo",
    "check": "check built files against a plan and the registries' rules",
    "stamp": "put a plan's versions into this checkout",
}


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Runs the command line.

    Args:
        arguments: without the program's name; those of the process by default.

    Returns:
        The exit status: 0, or 1 with what is wrong on standard error.
    """
    given = sys.argv[1:] if arguments is None else list(arguments)
    parser = argparse.ArgumentParser(prog="cratewheel", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    parsers = {name: commands.add_parser(name, help=text) for name, text in COMMANDS.items()}
    # A command's own needs must not keep another from running, so only the chosen one is loaded.
    chosen = given[0] if given and given[0] in COMMANDS else None
    module = import_module(f"cratewheel.commands.{chosen}") if chosen else None
    if module is not None and chosen is not None:
        parsers[chosen].description = module.__doc__
        module.configure(parsers[chosen])
    options = parser.parse_args(given)
    assert module is not None, "the parser refuses what is no command"
    try:
        return int(module.run(options))
    except CratewheelError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
