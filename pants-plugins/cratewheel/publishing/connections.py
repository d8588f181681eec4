"""The registry clients of a release, one for each address."""

from __future__ import annotations

from cratewheel.plan.model import PlannedPackage
from cratewheel.publishing import crates_client, python_client
from cratewheel.publishing.crates_client import CratesClient
from cratewheel.publishing.credentials import Endpoint
from cratewheel.publishing.endpoints import endpoint_of
from cratewheel.publishing.python_client import PythonClient
from cratewheel.publishing.request import ReleaseRequest
from cratewheel.publishing.transport import Transport


class Connections:
    """Clients for the addresses of a request, made when they are first asked for."""

    def __init__(self, request: ReleaseRequest, transport: Transport) -> None:
        self._request = request
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
            self._crates[address] = crates_client.connect(self.transport, address)
        return self._crates[address]

    def python(self, package: PlannedPackage) -> PythonClient:
        """The client for a Python package."""
        return python_client.connect(self.transport, self.endpoint(package).address)
