"""A registry's refusal, in the registry's own words."""

from __future__ import annotations


class Refusal(Exception):
    """The registry does not do what was asked.

    Args:
        status: the HTTP status of the answer.
        detail: the message for the user.
        headers: further header fields of the answer.
    """

    def __init__(self, status: int, detail: str, **headers: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}
