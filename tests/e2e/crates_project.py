"""A repository of two crates, one on the other, without a dependency on crates.io: quick to build."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pants_run import PANTS_TOML, Repository, install_launcher, repository

FILES = {
    "pants.toml": PANTS_TOML + '\n[changed]\ndependents = "transitive"\n',
    ".gitignore": "/dist/\n/.pants.d/\n/.pids/\n",
    "Cargo.toml": '[workspace]\nmembers = ["grain", "sieve"]\nresolver = "2"\n',
    "Cargo.lock": "version = 4\n\n"
    '[[package]]\nname = "cw-grain"\nversion = "0.1.0"\n\n'
    '[[package]]\nname = "cw-sieve"\nversion = "0.1.0"\ndependencies = [\n "cw-grain",\n]\n',
    "BUILD": 'cargo_workspace(name="cargo")\n',
    "grain/BUILD": 'crate_package(name="grain", publish=True)\n',
    "grain/Cargo.toml": '[package]\nname = "cw-grain"\nversion = "0.1.0"\nedition = "2021"\n'
    'description = "Grains"\nlicense = "MIT"\n',
    "grain/src/lib.rs": "/// One.\npub fn one() -> u32 { 1 }\n",
    "sieve/BUILD": 'crate_package(name="sieve", publish=True)\n',
    "sieve/Cargo.toml": '[package]\nname = "cw-sieve"\nversion = "0.1.0"\nedition = "2021"\n'
    'description = "Sieves"\nlicense = "MIT"\n\n'
    '[dependencies]\ncw-grain = { path = "../grain", version = "0.1.0" }\n',
    "sieve/src/lib.rs": "/// Two.\npub fn two() -> u32 { cw_grain::one() * 2 }\n",
}


@contextmanager
def make_project(folder: Path) -> Iterator[Repository]:
    """The project in a git repository of its own, with everything committed."""
    install_launcher(folder)
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    with repository(folder) as made:
        yield made
