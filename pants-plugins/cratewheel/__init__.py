"""Release a Rust crate and its PyO3 wheels from one repository.

This package has no build engine in it: it is ordinary Python that the Pants backend
(`pants_cratewheel`), the `cratewheel` command and the tests call alike.
"""

from __future__ import annotations

__version__ = "0.1.0"
