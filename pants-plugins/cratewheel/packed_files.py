"""The files that only a wheel's packing needs, Python and prose: no code is compiled from them.

They are left out of what the native code is compiled from, so that a changed one compiles nothing.
What Rust could be reading stays: a build script, an embedded folder, a path in a string.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from cratewheel.cargo.paths import parent, resolve
from cratewheel.cargo.sources import identifiers, string_literals
from cratewheel.package_inputs import module_name, wheel_globs
from cratewheel.project import DeclaredPackage, Project, path

_SUFFIXES = (".py", ".pyi")

#: What people read: maturin copies it, and rustc sees it where a source says so and not otherwise.
_PROSE = re.compile(
    r"(?:readme|licen[cs]e|copying|notice|changelog|changes|authors|contributing)[^/]*|.*\.(?:md|rst)",
    re.IGNORECASE,
)
#: Variables by which a crate names such a file without writing its name.
_PROSE_VARIABLES = ("cargo_pkg_readme", "cargo_pkg_license_file")

#: What a build script is made of that reads no files: PyO3's own configuration and messages to cargo.
_READS_NOTHING = frozenset(
    ("fn", "main", "pyo3_build_config", "use_pyo3_cfgs", "add_extension_module_link_args")
) | {"println", "pyo3_build", "add_python_framework_link_args", "cfg", "target_os"}

#: Macros that take in whole folders.
_EMBEDDING = frozenset(("include_dir", "rust_embed", "RustEmbed", "Embed", "include_flate"))


@dataclass(frozen=True)
class PackedFiles:
    """What the compilation of a wheel's code does without.

    Args:
        files: left out of its input.
        stand_ins: empty files put there instead, because maturin wants each Python package, and the
            readme and licences of the metadata, to be there before it has cargo compile.
    """

    files: tuple[str, ...] = ()
    stand_ins: tuple[str, ...] = ()


def packed_files(
    project: Project,
    package: DeclaredPackage,
    files: Collection[str],
    rust_sources: Mapping[str, str],
) -> PackedFiles:
    """The Python files and the prose of a wheel's tree that Rust does not read.

    Args:
        files: all files of the build's tree, repository-relative.
        rust_sources: the text of those that are Rust.
    """
    suffix = "/**/*"
    roots = [glob[: -len(suffix)] for glob in wheel_globs(project, package) if glob[-5:] == suffix]
    # Those beside the packages, tests mostly, are no more read by Rust than those within.
    own = f"{package.directory}/" if package.directory else ""
    folders = (own, *(f"{root}/" for root in roots))
    candidates = {file for file in files if file.endswith(_SUFFIXES) and file.startswith(folders)}
    directory = project.crate_directory(package)
    if directory is None or module_name(project, package) is None:
        return PackedFiles()
    prose = {file for file in files if _PROSE.fullmatch(posixpath.basename(file))}
    crates = project.cargo.build_closure(directory)
    for crate in crates:
        if _build_script_may_read(project, crate, rust_sources):
            return PackedFiles()
    for source, text in rust_sources.items():
        if _EMBEDDING & identifiers(text):
            return PackedFiles()
        candidates -= _named(source, text, crates, candidates)
        prose -= _mentioned(text, prose)
    stand_ins = {
        f"{root}/__init__.py"
        for root in roots
        if any(file.startswith(f"{root}/") for file in candidates)
    }
    # maturin puts a readme and licences into the metadata of what it packs, this time for nothing.
    return PackedFiles(
        tuple(sorted(candidates | prose)),
        tuple(sorted((stand_ins - (set(files) - candidates)) | prose)),
    )


def _mentioned(text: str, prose: Collection[str]) -> set[str]:
    """What a Rust source could be reading, by a path that is put together of several strings even."""
    literals = [each.lower() for each in string_literals(text)]
    if any(variable in each for each in literals for variable in _PROSE_VARIABLES):
        return set(prose)
    found = set()
    for file in prose:
        stem, suffix = posixpath.splitext(posixpath.basename(file).lower())
        if any(stem in each or (suffix and suffix in each) for each in literals):
            found.add(file)
    return found


def _build_script_may_read(project: Project, crate: str, rust_sources: Mapping[str, str]) -> bool:
    declared = project.cargo.crates[crate].build
    if declared is False:
        return False
    script = path(crate, declared if isinstance(declared, str) else "build.rs")
    if script not in rust_sources:
        return isinstance(declared, str)
    return not identifiers(rust_sources[script]) <= _READS_NOTHING


def _named(
    source: str, text: str, crates: Collection[str], candidates: Collection[str]
) -> set[str]:
    # A word without a slash or a dot is the name of something else nearly always.
    literals = {each for each in string_literals(text) if "/" in each or "." in each}
    if not literals:
        return set()
    homes = {
        parent(source),
        *(each for each in crates if source.startswith(f"{each}/") or not each),
    }
    found: set[str] = set()
    for literal in literals:
        name = re.sub(r"^\$?\{?CARGO_MANIFEST_DIR\}?", "", literal).strip("/")
        for home in homes:
            place = resolve(home, name) if name else home
            inside = f"{place}/" if place else ""
            # Above a crate lies everything; nobody means that by a string such as "..".
            if f"{home}/".startswith(inside) and "MANIFEST_DIR" not in literal:
                continue
            found |= {each for each in candidates if each == place or each.startswith(inside)}
    return found
