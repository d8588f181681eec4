"""Every way of finding a secret finds one that is put there."""

from __future__ import annotations

import base64
import subprocess
import sys
from types import SimpleNamespace

import pytest
from fake_ci import Job
from fake_clock import FakeClock
from marked_secrets import check_error, check_text, hide, secret


def test_in_a_text() -> None:
    check_text("nothing\n::add-mask::" + secret("token"), "a text")
    with pytest.raises(AssertionError, match="a secret is in a text"):
        check_text(f"the token {secret('token')} was refused", "a text")


@pytest.mark.parametrize("user", ["__token__", "robot", "a", "ab", ""])
def test_as_http_sends_a_password(user: str) -> None:
    sent = base64.b64encode(f"{user}:{secret('password')}\n".encode()).decode()
    with pytest.raises(AssertionError):
        check_text(f"Authorization: Basic {sent}", "a text")


def test_as_an_identity() -> None:
    with pytest.raises(AssertionError):
        check_text(Job(FakeClock()).token("pypi"), "a text")


def test_in_what_an_exception_came_from() -> None:
    error = RuntimeError("it failed")
    check_error(error)
    error.__cause__ = ValueError(secret("token"))
    with pytest.raises(AssertionError, match="an exception"):
        check_error(error)


def test_in_the_arguments_of_a_program() -> None:
    with pytest.raises(AssertionError, match="an argument list"):
        subprocess.run([sys.executable, "-c", "", secret("token")], check=True)


def test_not_in_what_a_failing_test_reports() -> None:
    report = SimpleNamespace(
        longrepr=f"assert 12 == 11, tokens {secret('token')}",
        sections=[("Captured stdout call", f"the token {secret('token')}")],
    )
    hide(report)
    assert report.longrepr == "assert 12 == 11, tokens token-***"
    check_text(repr(report), "a report")
    unsuspicious = SimpleNamespace(longrepr=None, sections=[])
    hide(unsuspicious)
    assert unsuspicious.longrepr is None
