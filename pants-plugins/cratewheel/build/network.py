"""The variables by which a user's environment says how cargo and pip reach what they download.

None of them decides how a build comes out.

Sources: the Cargo Book, "Configuration"; curl's and pip's documentation of environment variables.
"""

from __future__ import annotations

from collections.abc import Mapping

_CARGO = {
    "HTTP": (
        "CAINFO",
        "CHECK_REVOKE",
        "DEBUG",
        "LOW_SPEED_LIMIT",
        "MULTIPLEXING",
        "PROXY",
        "PROXY_CAINFO",
        "SSL_VERSION",
        "SSL_VERSION_MAX",
        "SSL_VERSION_MIN",
        "TIMEOUT",
        "USER_AGENT",
    ),
    "NET": ("GIT_FETCH_WITH_CLI", "OFFLINE", "RETRY"),
}

#: What says how this machine reaches the network. By name: Pants passes on no patterns.
NETWORK = (
    "ALL_PROXY",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
    "all_proxy",
    "https_proxy",
    "http_proxy",
    "no_proxy",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    *(f"CARGO_{table}_{key}" for table, keys in _CARGO.items() for key in keys),
)

#: What decides where pip installs from, besides the network's settings.
PIP_SETTINGS = (
    "CURL_CA_BUNDLE",
    "PIP_CERT",
    "PIP_CLIENT_CERT",
    "PIP_CONFIG_FILE",
    "PIP_CONSTRAINT",
    "PIP_DEFAULT_TIMEOUT",
    "PIP_EXTRA_INDEX_URL",
    "PIP_FIND_LINKS",
    "PIP_INDEX_URL",
    "PIP_KEYRING_PROVIDER",
    "PIP_NO_INDEX",
    "PIP_PROXY",
    "PIP_RETRIES",
    "PIP_TRUSTED_HOST",
    "REQUESTS_CA_BUNDLE",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
)


def network_settings(environment: Mapping[str, str]) -> Mapping[str, str]:
    """What of an environment is for the network."""
    return {name: environment[name] for name in NETWORK if name in environment}


def pip_settings(environment: Mapping[str, str]) -> Mapping[str, str]:
    """What of an environment is for pip."""
    return {name: environment[name] for name in PIP_SETTINGS if name in environment}
