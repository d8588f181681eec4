"""Where a release goes when nobody says so."""

from __future__ import annotations

import pytest

from cratewheel.destination import destination
from cratewheel.errors import CratewheelError


def test_what_is_said_is_done_anywhere() -> None:
    assert destination("registries", "") == destination("registries", "true") == "registries"


def test_on_a_laptop_it_is_a_rehearsal() -> None:
    assert destination(None, "") == "rehearsal"


def test_in_ci_it_must_be_said() -> None:
    with pytest.raises(CratewheelError, match="CW-DESTINATION-UNSET"):
        destination(None, "1")
