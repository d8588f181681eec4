"""The Pants backend of cratewheel."""

import sys

# Pants 2.17 itself also runs on 3.7 and 3.8, where the library's syntax would fail further down with
# a message that helps nobody.
if sys.version_info < (3, 9):  # noqa: UP036
    raise ImportError(
        "cratewheel needs Pants to run on CPython 3.9, and this is "
        f"{sys.version_info[0]}.{sys.version_info[1]}; install CPython 3.9 and start again"
    )
