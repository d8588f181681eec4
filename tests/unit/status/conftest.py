"""Makes the repositories of the publisher's tests importable from here."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "publishing"))
