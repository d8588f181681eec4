"""Addresses of registries: which are acceptable, and which others follow from one (stdlib only)."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit, urlunsplit

from cratewheel.errors import CratewheelError, Finding

SPARSE = "sparse+"


def bare(address: str) -> str:
    """The address without what says that it is one of a sparse index."""
    return address[len(SPARSE) :] if address.startswith(SPARSE) else address


def check_address(address: str) -> None:
    """Refuses an address to which no secret may be sent.

    Raises:
        CratewheelError: `CW-ADDRESS-INVALID` when it is neither https nor http on loopback.
    """
    split = urlsplit(bare(address))
    if not split.hostname or split.scheme not in ("http", "https"):
        message = "expected an address that begins with https://"
    elif split.username or split.password:
        message = "an address must not carry a user name or a password"
    elif split.scheme == "http" and not is_loopback(address):
        message = "plain http is accepted for this machine only; expected https://"
    else:
        return
    shown = urlunsplit(split._replace(netloc=split.hostname or ""))
    raise CratewheelError(Finding("CW-ADDRESS-INVALID", shown, message))


def is_loopback(address: str) -> bool:
    """Whether the address names this machine: `localhost` or a loopback IP address."""
    host = urlsplit(bare(address)).hostname
    if host is None:
        return False
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def origin(address: str) -> str:
    """Scheme, host and port of an address, without a final slash."""
    split = urlsplit(address)
    return f"{split.scheme}://{split.netloc}"


def index_candidates(root: str) -> tuple[str, ...]:
    """Where the sparse index of the crates registry with this web root may be, likeliest first.

    The root does not say; the index has a `config.json` by which it is recognised. crates.io keeps it
    on a host of its own, smaller registries below the root.
    """
    split = urlsplit(root)
    own_host = urlunsplit((split.scheme, f"index.{split.netloc}", "/", "", ""))
    below = (f"{root.rstrip('/')}/index/", f"{root.rstrip('/')}/api/v1/crates/")
    return below if is_loopback(root) else (*below, own_host)


def simple_candidates(upload: str) -> tuple[str, ...]:
    """Where the Simple API belonging to an upload address may be, likeliest first.

    PyPI takes uploads on a host of its own; elsewhere `legacy` is a sibling of `simple`, or the
    Simple API is below the upload address (`+simple` for devpi).
    """
    split = urlsplit(upload)
    netloc = split.netloc[len("upload.") :] if split.netloc.startswith("upload.") else split.netloc
    parts = [part for part in split.path.split("/") if part]
    if parts and parts[-1] == "legacy":
        path = "/".join(["", *parts[:-1], "simple", ""])
        return (urlunsplit((split.scheme, netloc, path, "", "")),)
    base = urlunsplit((split.scheme, netloc, "/".join(["", *parts, ""]), "", ""))
    return (f"{base}simple/", f"{base}+simple/")
