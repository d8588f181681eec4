"""Whom crates.io is told to trust."""

from __future__ import annotations

import pytest

from cratewheel.errors import CratewheelError
from cratewheel.plan.package import ReleasePackage
from cratewheel.publishing.trusted_publisher import RegistrationRequest, TrustedPublisher
from cratewheel.workflows.registering import registration_request
from cratewheel.workflows.remaining import GitHubRepository

API = "https://crates.invalid/"
HERE = GitHubRepository("octo", "demo")
WHEEL = ReleasePackage("wheel:py", "py", "wheel", "py:py", "PyPI")
PACKAGES = (
    ReleasePackage("crate:core", "core", "crate", "core:core", "crates.io"),
    ReleasePackage("crate:own", "own", "crate", "own:own", "https://elsewhere.invalid"),
    WHEEL,
)


def test_every_crate_of_crates_io_is_to_trust_the_release_workflow() -> None:
    assert registration_request(PACKAGES, API, "origin", HERE, "release") == RegistrationRequest(
        "https://crates.invalid",
        ("core",),
        TrustedPublisher("github", "octo", "demo", "release.yml", "release"),
    )
    assert registration_request((WHEEL,), API, "origin", None, "release") is None


def test_a_remote_elsewhere_has_no_workflow_that_could_be_trusted() -> None:
    with pytest.raises(CratewheelError) as caught:
        registration_request(PACKAGES, API, "upstream", None, "release")
    assert caught.value.codes == ("CW-PUBLISHER-NOT-REGISTERED",)
    assert caught.value.findings[0].place == "upstream"
