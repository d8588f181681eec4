"""What crates.io demands of a crate, as far as its manifest tells before anything is packaged."""

from __future__ import annotations

from cratewheel.cargo.model import CargoModel
from cratewheel.errors import Finding


def findings_for_publishing(model: CargoModel, directory: str) -> tuple[Finding, ...]:
    """Everything that would make crates.io or `cargo publish` refuse the crate in `directory`.

    Empty means its manifest is in order. The crate must be in `model.crates`.
    """
    raise NotImplementedError
