"""Makes what other areas make of packages, and their clock, importable from here."""

from __future__ import annotations

import sys
from pathlib import Path

for area in ("artifacts", "registries"):
    sys.path.insert(0, str(Path(__file__).parent.parent / area))
