"""What a failing test shows is kept, by Pants too, so it is shown without the secrets of the tests."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest
from marked_secrets import hide


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport() -> Generator[None, Any, None]:
    outcome = yield
    hide(outcome.get_result())
