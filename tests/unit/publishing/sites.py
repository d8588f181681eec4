"""Registries that trust a job of a faked GitHub Actions, and a release to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Optional

import pytest
from fake_ci import TrustingRegistries, trusting
from fake_clock import FakeClock
from made_packages import make_crate, make_wheel
from releases import Maker, Outcome, run
from upload_forms import form

from cratewheel.errors import CratewheelError
from cratewheel.registries.crate_file import publish_body, read_crate
from cratewheel.registries.crates import CratesRegistry
from cratewheel.registries.python_index import PythonIndex


@dataclass
class Site:
    """Registries that trust a job, and a release to them."""

    root: str
    clock: FakeClock
    crates: CratesRegistry
    python: PythonIndex
    trust: TrustingRegistries
    maker: Maker
    in_job: dict[str, str]

    def exists(self, *names: str) -> None:
        """Makes crates exist already, with an older version."""
        for name in names:
            self.crates.publish(publish_body(read_crate(make_crate(name, "0.0.1"))))
            self.trust.known_crates.add(name)
        self.trust.crates += trusting(*names)

    def registries_have_project(self, name: str) -> None:
        """Makes a project exist already, with an older version."""
        self.python.upload(form(*make_wheel(name, "0.0.1")))

    def release(
        self,
        environment: Optional[dict[str, str]] = None,
        surroundings: Mapping[str, Any] = {},
        **changes: Any,
    ) -> Outcome:
        request = self.maker.request(
            self.maker.folder,
            destination="registries",
            crates_registry=f"{self.root}/crates",
            python_repository=f"{self.root}/legacy/",
            **changes,
        )
        return run(
            request,
            clock=self.clock,
            environment=self.in_job if environment is None else environment,
            **surroundings,
        )

    def refused(
        self,
        environment: Optional[dict[str, str]] = None,
        surroundings: Mapping[str, Any] = {},
        **changes: Any,
    ) -> str:
        """The error of a release in which nothing was uploaded."""
        with pytest.raises(CratewheelError) as caught:
            self.release(environment, surroundings, **changes)
        assert self.trust.uploads == []
        return str(caught.value)
