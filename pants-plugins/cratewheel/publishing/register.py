"""`python -m cratewheel.publishing.register REQUEST.json`: makes crates trust a workflow.

The request is a `RegistrationRequest`. The token is `CARGO_REGISTRY_TOKEN`, with the scope
`trusted-publishing`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from cratewheel.errors import CratewheelError, Finding
from cratewheel.publishing import trusted_publisher
from cratewheel.publishing.credentials import CRATES_TOKEN
from cratewheel.publishing.registration import Registrar
from cratewheel.publishing.transport import Transport
from cratewheel.publishing.trusted_publisher import TrustedPublisher
from cratewheel.registries.clock import SystemClock


def register_all(
    registrar: Registrar,
    crates: Iterable[str],
    publisher: TrustedPublisher,
    say: Callable[[str], None],
) -> tuple[Finding, ...]:
    """Makes every crate trust a publisher; one that cannot be does not keep the others from it.

    Returns:
        Why the others do not trust it.
    """
    findings: list[Finding] = []
    for crate in crates:
        try:
            made = registrar.register(crate, publisher)
        except CratewheelError as error:
            findings += error.findings
        else:
            say(f"{crate} {'now trusts' if made else 'trusts already'} {publisher}")
    return tuple(findings)


def main(arguments: list[str]) -> int:
    """Carries a request out; exits with 1 and the findings on standard error where one failed."""
    (path,) = arguments
    request = trusted_publisher.loads(Path(path).read_text(encoding="utf-8"))
    token = os.environ.get(CRATES_TOKEN, "")
    if not token:
        message = f"{CRATES_TOKEN} is not set, and registering a publisher needs a token"
        mend = f"set {CRATES_TOKEN} to a token with the scope `trusted-publishing`"
        missing = Finding("CW-CREDENTIALS-MISSING", request.api, message, mend)
        print(CratewheelError(missing), file=sys.stderr)
        return 1
    registrar = Registrar(Transport(SystemClock()), request.api, token)
    findings = register_all(registrar, request.crates, request.publisher, print)
    if findings:
        print(CratewheelError(*findings), file=sys.stderr)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
