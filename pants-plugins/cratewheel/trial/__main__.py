from __future__ import annotations

import sys

from cratewheel.trial.run import main

if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
