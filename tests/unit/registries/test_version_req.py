"""Requirements as cargo prints them; the pairs were read off the request of a real `cargo publish`."""

from __future__ import annotations

import pytest

from cratewheel.registries.version_req import InvalidRequirementError, normalise


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("1", "^1"),
        ("1.2", "^1.2"),
        ("^1.2.3", "^1.2.3"),
        ("1.2, <1.5", "^1.2, <1.5"),
        (">= 1.2 , < 2", ">=1.2, <2"),
        ("~1.2", "~1.2"),
        ("= 1.0.0-alpha.1", "=1.0.0-alpha.1"),
        ("1.*", "1.*"),
        ("1.2.x", "1.2.*"),
        ("1.*.*", "1.*"),
        (">=1.*", ">=1"),
        ("*", "*"),
        (" * ", "*"),
        ("1.0.0+build", "^1.0.0"),
    ],
)
def test_printed_form(written: str, printed: str) -> None:
    assert normalise(written) == printed


@pytest.mark.parametrize("written", ["", "1.*.2", "latest", "1,", "=>1", "1.2.3.4"])
def test_what_is_no_requirement(written: str) -> None:
    with pytest.raises(InvalidRequirementError):
        normalise(written)
