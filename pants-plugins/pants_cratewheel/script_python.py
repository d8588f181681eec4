"""Some Python of this machine, to look for the others with."""

from __future__ import annotations

from pants.core.subsystems.python_bootstrap import PythonBootstrap
from pants.core.util_rules.system_binaries import (
    BinaryNotFoundError,
    BinaryPathRequest,
    BinaryPaths,
    BinaryPathTest,
)
from pants.engine.rules import collect_rules, rule

from pants_cratewheel import engine
from pants_cratewheel.products.tools import ScriptPython

_TEST = "import sys; print(sys.version); sys.exit(sys.version_info < (3, 7))"


@rule(desc="Find a Python for scripts")
async def script_python(bootstrap: PythonBootstrap) -> ScriptPython:
    requests = [
        BinaryPathRequest(
            binary_name=name,
            search_path=bootstrap.interpreter_search_paths,
            check_file_entries=True,
            test=BinaryPathTest(args=["-c", _TEST]),
        )
        for name in bootstrap.interpreter_names
    ]
    found: tuple[BinaryPaths, ...] = await engine.concurrently(
        engine.binary_paths(request) for request in requests
    )
    for paths in found:
        if paths.first_path is not None:
            return ScriptPython(paths.first_path.path)
    raise BinaryNotFoundError.from_request(requests[0], rationale="find the Rust toolchain")


def rules() -> list[object]:
    return [*collect_rules()]
