"""How large an artifact may be before a registry refuses it, and before we refuse to unpack it."""

from __future__ import annotations

MIB = 1024 * 1024

#: crates.io: a `.crate`, and what is in it (its `publish_limits`, August 2026).
CRATE = 10 * MIB
CRATE_UNPACKED = 512 * MIB

#: PyPI: one file of a project without an exception (warehouse, `MAX_FILESIZE`, August 2026).
DISTRIBUTION = 100 * MIB

#: Far more than any wheel or sdist below `DISTRIBUTION` honestly holds.
WHEEL_UNPACKED = 4096 * MIB
SDIST_UNPACKED = 1024 * MIB

#: PyPI refuses an archive above this size that is packed more tightly than this ratio.
RATIO_APPLIES_ABOVE = 64 * MIB
RATIO = 50

#: Names in an archive; more is a bomb of another kind.
MEMBERS = 100_000
