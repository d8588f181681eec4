"""The registry clients of a release, one for each address."""

from __future__ import annotations

from cratewheel.plan.model import PlannedPackage
from cratewheel.publishing import crates_client, python_client
from cratewheel.publishing.crates_client import CratesClient
from cratewheel.publishing.python_client import PythonClient
from cratewheel.publishing.request import ReleaseRequest
from cratewheel.publishing.transport import Transport


class Connections:
    """Clients for the addresses of a request, made when they are first asked for."""

    def __init__(self, request: ReleaseRequest, transport: Transport) -> None:
        self._request = request
        self.transport = transport
        self._crates: dict[str, CratesClient] = {}

    def crates_address(self, package: PlannedPackage) -> str:
        """The address of the registry a crate goes to."""
        return self._request.registries.get(package.id, self._request.crates_registry)

    def python_address(self, package: PlannedPackage) -> str:
        """The upload address of the index a Python package goes to."""
        return self._request.registries.get(package.id, self._request.python_repository)

    def crates(self, package: PlannedPackage) -> CratesClient:
        """The client for a crate.

        Raises:
            CratewheelError: `CW-REGISTRY-UNREACHABLE`.
        """
        address = self.crates_address(package)
        if address not in self._crates:
            self._crates[address] = crates_client.connect(self.transport, address)
        return self._crates[address]

    def python(self, package: PlannedPackage) -> PythonClient:
        """The client for a Python package."""
        return python_client.connect(self.transport, self.python_address(package))
