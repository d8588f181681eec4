"""`python -m cratewheel.registries serve FOLDER`: a rehearsal folder as live registries."""

from __future__ import annotations

import argparse
import sys
import threading
from pathlib import Path

from cratewheel.errors import CratewheelError
from cratewheel.registries.clock import SystemClock
from cratewheel.registries.rehearsal import open_rehearsal
from cratewheel.registries.server import LoopbackServer, Registries


def main(arguments: list[str]) -> int:
    """Serves until interrupted; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m cratewheel.registries")
    commands = parser.add_subparsers(dest="command", required=True)
    serve = commands.add_parser("serve", help="serve a rehearsal folder on 127.0.0.1")
    serve.add_argument("folder", type=Path, help="the rehearsal folder, such as dist/rehearsal")
    serve.add_argument("--port", type=int, default=0, help="0, the default, takes any free one")
    options = parser.parse_args(arguments)
    try:
        with open_rehearsal(options.folder.resolve(), SystemClock()) as rehearsal:
            application = Registries(rehearsal.crates, rehearsal.python)
            with LoopbackServer(application, options.port) as server:
                print(f'cargo: [registries.rehearsal] index = "sparse+{server.root}/crates/index/"')
                print(f"pip install --index-url {server.root}/simple NAME", flush=True)
                threading.Event().wait()
    except CratewheelError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
