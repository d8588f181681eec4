"""Processes that are given secrets: only what runs in the foreground has an environment that no log shows."""

from __future__ import annotations

from collections.abc import Mapping

from pants.engine.process import InteractiveProcess, Process

#: What says how registries are reached. A proxy's address may have a password in it.
REACHING_A_REGISTRY = (
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "http_proxy",
    "https_proxy",
    "no_proxy",
)


class Secret(str):
    """A value that no log shows: Pants logs the environment of processes at debug level."""

    def __repr__(self) -> str:
        return "'***'"

    __str__ = __repr__


def with_secrets(process: Process, variables: Mapping[str, str]) -> InteractiveProcess:
    """A process as one in the foreground, with the user's variables, whose values no log shows."""
    secrets = {name: Secret(value) for name, value in variables.items()}
    return InteractiveProcess(
        argv=process.argv,
        env={**process.env, **secrets},
        input_digest=process.input_digest,
        append_only_caches=process.append_only_caches,
    )
