"""Whether an abi3 wheel uses the stable ABI only, by abi3audit.

Runs in a tool process that has abi3audit beside it: as `python -m cratewheel.artifacts.abi3_audit
WHEEL…` it prints what is wrong as JSON (`cratewheel.finding_document`).
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from cratewheel import finding_document
from cratewheel.errors import CratewheelError, Finding


def abi3_faults(wheel: Path) -> tuple[str, ...]:
    """What a wheel tagged abi3 uses that the stable ABI of its oldest Python does not have.

    Returns:
        A clause an extension module, naming the symbols.

    Raises:
        CratewheelError: `CW-WHEEL-ABI` when abi3audit cannot judge the wheel.
    """
    done = subprocess.run(
        [sys.executable, "-m", "abi3audit", "--report", str(wheel)],
        check=False,
        capture_output=True,
        text=True,
    )
    try:
        spec = json.loads(done.stdout)["specs"][str(wheel)]
        audits = [(each["name"], each["result"]) for each in spec["wheel"]]
        return tuple(
            fault for name, result in audits if (fault := _fault(name, result)) is not None
        )
    except (ValueError, KeyError, TypeError) as error:
        said = (done.stderr or done.stdout).strip()[-500:]
        raise CratewheelError(
            Finding("CW-WHEEL-ABI", str(wheel), f"abi3audit gave no verdict: {said or error!r}")
        ) from error


def _fault(name: str, result: dict[str, object]) -> str | None:
    if result["is_abi3"] and result["is_abi3_baseline_compatible"]:
        return None
    outside = result["non_abi3_symbols"]
    newer = result["future_abi3_objects"]
    assert isinstance(outside, list)
    assert isinstance(newer, dict)
    clauses = []
    if outside:
        clauses.append(f"uses {', '.join(sorted(outside))}, which no stable ABI has")
    if newer:
        symbols = ", ".join(f"{symbol} of {since}" for symbol, since in sorted(newer.items()))
        clauses.append(f"uses {symbols}, newer than the {result['baseline']} of its tag")
    return f"`{name}` {' and '.join(clauses) or 'is not for the stable ABI'}"


def main(arguments: Sequence[str]) -> int:
    """Carries the command out; the exit status is 0 whatever was found."""
    findings: list[Finding] = []
    for wheel in map(Path, arguments):
        try:
            findings += [Finding("CW-WHEEL-ABI", wheel.name, each) for each in abi3_faults(wheel)]
        except CratewheelError as error:
            findings += error.findings
    print(finding_document.dumps(findings))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
