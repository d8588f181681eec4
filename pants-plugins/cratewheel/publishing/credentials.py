"""Where the long-lived tokens of the registries come from: the environment, by the usual names.

Standard library only: the process that starts the publisher asks here before it builds anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Optional

CRATES_TOKEN = "CARGO_REGISTRY_TOKEN"
PYTHON_PASSWORD = "TWINE_PASSWORD"
PYTHON_USERNAME = "TWINE_USERNAME"
API_TOKEN_USER = "__token__"
FORWARDED = (CRATES_TOKEN, PYTHON_PASSWORD, PYTHON_USERNAME)
"""The variables that the publisher's process has to be given."""


@dataclass(frozen=True)
class Credential:
    """A user name, where the registry wants one, and a secret, which no `repr` shows."""

    username: str
    secret: str = field(repr=False)
    source: str = ""


def crates_token(environment: Mapping[str, str]) -> Optional[Credential]:
    """The token for the crates registry; an empty variable is an unset one."""
    token = environment.get(CRATES_TOKEN, "").strip()
    return Credential("", token, CRATES_TOKEN) if token else None


def python_token(environment: Mapping[str, str]) -> Optional[Credential]:
    """User name and password for the Python index; without a user name it is an API token."""
    password = environment.get(PYTHON_PASSWORD, "").strip()
    username = environment.get(PYTHON_USERNAME, "").strip() or API_TOKEN_USER
    return Credential(username, password, PYTHON_PASSWORD) if password else None
