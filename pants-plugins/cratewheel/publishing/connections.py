"""The registry clients of a release, one for each address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from cratewheel.plan.model import PlannedPackage
from cratewheel.publishing import crates_client, python_client
from cratewheel.publishing.crates_client import CratesClient
from cratewheel.publishing.credentials import Credential, Endpoint, opener
from cratewheel.publishing.endpoints import endpoint_of
from cratewheel.publishing.python_client import PythonClient
from cratewheel.publishing.request import ReleaseRequest
from cratewheel.publishing.transport import Transport


class Connections:
    """Clients for the addresses of a request, made when they are first asked for.

    Args:
        openings: what opens private registries for reading.
    """

    def __init__(
        self,
        request: ReleaseRequest,
        transport: Transport,
        openings: Mapping[Endpoint, Credential] = {},
    ) -> None:
        self._request = request
        self._openings = openings
        self.transport = transport
        self._crates: dict[str, CratesClient] = {}

    def endpoint(self, package: PlannedPackage) -> Endpoint:
        """The registry of a package, as far as its credentials go."""
        return endpoint_of(self._request, package)

    def crates(self, package: PlannedPackage) -> CratesClient:
        """The client for a crate.

        Raises:
            CratewheelError: `CW-REGISTRY-UNREACHABLE`.
        """
        address = self.endpoint(package).address
        if address not in self._crates:
            self._crates[address] = crates_client.connect(self._transport(package), address)
        return self._crates[address]

    def python(self, package: PlannedPackage) -> PythonClient:
        """The client for a Python package."""
        return python_client.connect(self._transport(package), self.endpoint(package).address)

    def _transport(self, package: PlannedPackage) -> Transport:
        endpoint = self.endpoint(package)
        credential = self._openings.get(endpoint)
        if credential is None:
            return self.transport
        return replace(self.transport, opening=opener(endpoint, credential))
