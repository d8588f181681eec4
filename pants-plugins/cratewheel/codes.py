"""The catalogue of stable error codes: what each means and what to do about it.

The reference page `docs/reference/errors.md` is rendered from this table, so a code that is not
here cannot be raised (`cratewheel.errors.Finding` refuses it). Keep the entries sorted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

ERROR = "error"
WARNING = "warning"
NOTE = "note"

#: How grave a finding can be, gravest first.
SEVERITIES = (ERROR, WARNING, NOTE)


@dataclass(frozen=True)
class Code:
    """What a code stands for.

    Args:
        meaning: one sentence.
        mend: what to do about it by default; may be empty when the finding says its own.
        severity: one of `SEVERITIES`. What stops a release is an error; only the doctor has others.
    """

    meaning: str
    mend: str = ""
    severity: str = ERROR


CODES: Mapping[str, Code] = MappingProxyType(
    {
        "CW-ABI-DUPLICATE": Code(
            "An ABI family is declared twice in one target.", "remove one of them"
        ),
        "CW-ABI-NOT-ENABLED": Code(
            "A stable ABI is asked for that the crate's pyo3 features do not turn on.",
            "turn the feature on in Cargo.toml or `features`, or take the family out of `abis`",
        ),
        "CW-ABI-UNKNOWN": Code(
            "The ABI family is not one that wheels can be built for.",
            "write one such as `abi3`, `3.13`, `3.14t`, `pypy3.11` or `bin`",
        ),
        "CW-ACTION-UNPINNED": Code(
            "A workflow that publishes uses an action by a name that its owner can move.",
            "write the commit's id, and the version in a comment: `uses: owner/action@0123…  # v1.2.3`",
            WARNING,
        ),
        "CW-ADDRESS-INVALID": Code(
            "The address of a registry cannot be used, or must not be: it would send a secret unprotected.",
            "give the https address of the registry",
        ),
        "CW-ARCHIVE-BROKEN": Code(
            "A built file is not an archive of its kind, or only a part of one.", "build it again"
        ),
        "CW-ARCHIVE-UNSAFE": Code(
            "An archive holds paths, links or sizes that no honest one does, so it is not opened.",
            "find out what made it, and build it again",
        ),
        "CW-ARTIFACT-DUPLICATE": Code(
            "Two built files have the same name.",
            "give the rows that make them different tags, or drop one",
        ),
        "CW-ARTIFACT-MANIFEST": Code(
            "An artifact manifest cannot be read, or several contradict each other.",
            "build the artifacts again, all from one commit",
        ),
        "CW-ARTIFACT-MISMATCH": Code(
            "A built file is not what the plan and its record say it is.",
            "build it again from the commit of the plan",
        ),
        "CW-ARTIFACT-MISSING": Code(
            "A package of the release has no file, or its file is not where it should be.",
            "build it, or name the folder it is in with `[cratewheel].artifacts`",
        ),
        "CW-ARTIFACT-OTHER-PLAN": Code(
            "Artifacts were built for another plan than the one that is carried out.",
            "hand over the artifacts of this run alone, or build them again with this plan",
        ),
        "CW-ARTIFACT-STRANGER": Code(
            "A folder of artifacts holds a file of no package, or of no row, of the release.",
            "remove it, or build it from the commit of the plan",
        ),
        "CW-ARTIFACT-TOO-LARGE": Code(
            "A built file is larger than its registry takes.",
            "leave files out of it, or ask the registry for a higher limit",
        ),
        "CW-ARTIFACT-UNKNOWN": Code(
            "A file is none that the package is published as.",
            "give `.crate` files of a crate, and wheels and a `.tar.gz` of a wheel",
        ),
        "CW-ARTIFACT-UNLISTED": Code(
            "No manifest of the release's plan lists a file that is among the artifacts.",
            "hand over what the build job wrote, whole; `cratewheel check --manifest` lists what a job of your own built",
        ),
        "CW-ARTIFACTS-FOLDER": Code(
            "A folder that `[cratewheel].artifacts` names is not there.",
            "name the folder the artifacts were downloaded to",
        ),
        "CW-ATTESTATION-FAILED": Code(
            "A file could not be signed, so nothing was uploaded.",
            "run the same release again, or turn attestations off",
        ),
        "CW-BINARY-UNKNOWN": Code(
            "A wheel is to carry a program that no crate has.",
            "write the name of a `[[bin]]` target",
        ),
        "CW-BINDING-PUBLIC": Code(
            "A crate that only binds Rust to Python is about to become a public crate.",
            "take `publish=True` from its `crate_package`, or say in the manifest what others would use it for",
            WARNING,
        ),
        "CW-BUILD-FAILED": Code(
            "cargo, rustc or maturin refused; their own message follows.",
            "mend what the message says",
        ),
        "CW-BYTES-DIFFER": Code(
            "The registry has this version with other bytes than the ones built here.",
            "raise the version; published bytes cannot be replaced",
        ),
        "CW-CHANGED-DEPENDENTS": Code(
            "`--changed-since` does not take along what is built from what changed.",
            'set `[changed] dependents = "transitive"` in pants.toml',
            WARNING,
        ),
        "CW-COMMIT-MISSING": Code(
            "A published version came from a commit that this clone does not have, so it cannot be tagged.",
            "fetch it (`git fetch --all`), and run `pants release-repair` again",
        ),
        "CW-COMPATIBILITY-PLATFORM": Code(
            "The compatibility floor cannot be promised for this platform.",
            "take a floor of the platform's own family",
        ),
        "CW-COMPATIBILITY-UNKNOWN": Code(
            "The compatibility floor is not one that wheel tags know.",
            "write one such as `manylinux_2_28`, `musllinux_1_2` or `macosx_11_0`",
        ),
        "CW-CRATE-CONTENT": Code(
            "A `.crate` is not the packaged crate that the plan says.",
            "package it again from the stamped checkout",
        ),
        "CW-CRATE-FILE-LEFT-OUT": Code(
            "A file that a crate cannot do without is not among those that cargo packs.",
            "name it in `package.include`, or take it out of `package.exclude`",
        ),
        "CW-CRATE-FIRST-PUBLISH": Code(
            "crates.io cannot create a crate under trusted publishing, and there is no token that can.",
            "set CARGO_REGISTRY_TOKEN to a token with the scope `publish-new` for this one release; every existing crate still goes by trusted publishing. Then register the new crate's trusted publisher on its settings page",
        ),
        "CW-CRATE-GIT-DEPENDENCY": Code(
            "A crate to be published depends on a git repository without naming a released version.",
            "add the version that is on the registry, or publish the dependency first",
        ),
        "CW-CRATE-LIMITS": Code("A crate exceeds what crates.io takes of one crate."),
        "CW-CRATE-METADATA": Code(
            "A crate to be published lacks metadata that crates.io demands, or has some it refuses.",
            "complete `[package]` in the manifest named",
        ),
        "CW-CRATE-NAME": Code(
            "A crate's name is not one that crates.io takes.", "rename the package"
        ),
        "CW-CRATE-PATH-MISSING": Code(
            "A path dependency leads to a place where there is no crate.",
            "mend the path, or add the crate to the repository",
        ),
        "CW-CRATE-PATH-WITHOUT-VERSION": Code(
            "A crate to be published has a path dependency without a version.",
            'add `version = "…"` beside the `path`: the registry keeps only the version',
        ),
        "CW-CRATE-PUBLISH-FORBIDDEN": Code(
            "A crate is to be published whose manifest forbids it.",
            "take `publish=True` from the target, or `publish` from the manifest",
        ),
        "CW-CRATE-REFERENCE-LEFT-OUT": Code(
            "A source includes a file that is not among those that cargo packs.",
            "move the file into the crate, and `package.include` it",
            WARNING,
        ),
        "CW-CRATE-REGISTRY-DEPENDENCY": Code(
            "A crate for crates.io depends on a crate of another registry.",
            "take the dependency from crates.io",
        ),
        "CW-CRATE-WILDCARD": Code(
            "A crate to be published accepts any version of a dependency.",
            "write the lowest version it works with",
        ),
        "CW-CREDENTIALS-INVALID": Code(
            "A variable holds what cannot be a token or a password.",
            "set it again, without line breaks",
        ),
        "CW-CREDENTIALS-MISSING": Code(
            "There is nothing to authenticate an upload with.",
            "set the variable named, or release from CI with trusted publishing",
        ),
        "CW-DEPENDENCY-UNPUBLISHED": Code(
            "A crate to be published depends on a version of a crate that is not on the registry by then.",
            "publish the crate it depends on as well (`publish=True`), or first",
        ),
        "CW-DESTINATION-UNSET": Code(
            "In CI a release must say where it goes.",
            "set `[cratewheel].destination` to `rehearsal` or `registries`",
        ),
        "CW-DISK-LOW": Code("A disk that a build needs is nearly full.", "make room", WARNING),
        "CW-DOCS-RS-FEATURE": Code(
            "docs.rs is told to build the documentation with a feature that does not exist.",
            "name features of the crate",
            WARNING,
        ),
        "CW-DOCS-RS-KEY": Code(
            "`[package.metadata.docs.rs]` has a key that docs.rs does not read, or a value of another kind.",
            "write one of the keys that https://docs.rs/about/metadata lists",
            WARNING,
        ),
        "CW-DOCS-RS-TARGET": Code(
            "docs.rs is told to build the documentation for a target that does not exist.",
            "write it as `rustc --print target-list` does",
            WARNING,
        ),
        "CW-DUPLICATE-FILE": Code(
            "Two targets would produce the same files.",
            "rename one of the packages, or remove one of the targets",
        ),
        "CW-ENVIRONMENT-REMOTE": Code(
            "A crate or wheel is to be built by remote execution, which keeps no folder for the next process.",
            "name a local or a Docker environment, and share results by `remote_cache_read` and "
            "`remote_cache_write`",
        ),
        "CW-ENVIRONMENT-UNKNOWN": Code(
            "A target or one of its platforms names a Pants environment that there is not.",
            "name one of `[environments-preview].names`, or add it there",
        ),
        "CW-EXTENSION-NOT-HERE": Code(
            "The extension module that Python code imports cannot be built on this machine.",
            "install an interpreter that the wheel is built for, or name one in `abis`",
        ),
        "CW-EXTENSION-PYTHON": Code(
            "A Python target may run on an interpreter that the wheel it imports is not built for.",
            "narrow its `interpreter_constraints`, or widen `requires-python` or `abis` of the wheel",
        ),
        "CW-FEATURE-UNKNOWN": Code(
            "A target asks for a Cargo feature that the crate does not have.",
            "name a feature of the crate",
        ),
        "CW-FIELD-UNKNOWN": Code("A field or keyword that does not exist."),
        "CW-FIELD-VALUE": Code(
            "A field has a value it does not take.", "write a value of the kind expected"
        ),
        "CW-FILE-UNOWNED": Code(
            "A file that a manifest names is brought along by no target.",
            "run `pants tailor ::`, or add a `files` target for it",
        ),
        "CW-FILES-DROPPED": Code(
            "A release lacks files that the last one had, and the target does not say so.",
            "build them, or name what is dropped in the target's `drops`",
        ),
        "CW-FILES-UNOWNED": Code(
            "Files in a package's directory belong to no target.",
            "add them to the target's `sources`, or give them a target of their own",
            WARNING,
        ),
        "CW-GIT-FAILED": Code("Git could not be run or said no."),
        "CW-GIT-NO-COMMIT": Code(
            "There is no commit, so there is nothing a release could be made from.",
            "commit first; a rehearsal and `pants package` work without",
        ),
        "CW-GIT-NO-REPOSITORY": Code(
            "The directory is not in a git repository.", "run this in a git checkout of the project"
        ),
        "CW-GIT-SHALLOW": Code(
            "The clone leaves out history, so what changed since the last release cannot be told.",
            "git fetch --unshallow --tags",
        ),
        "CW-GITHUB-RELEASE": Code(
            "A GitHub Release could not be made or completed; what it is about is live and tagged.",
            "`pants release-repair ::` makes it up once it is mended; what is there already is left alone",
        ),
        "CW-IDENTITY-UNAVAILABLE": Code(
            "The CI system should give the job an identity token and does not.",
            "run the job again; if it persists, give it what its CI system needs for OpenID Connect",
        ),
        "CW-INTERPRETER-MISSING": Code(
            "This machine would build wheels of a row, and lacks the interpreter that they are for.",
            "install it; the jobs of a generated workflow install theirs themselves",
            NOTE,
        ),
        "CW-LICENSE-EXPRESSION": Code(
            "A licence is no SPDX expression.", "write one such as `MIT OR Apache-2.0`"
        ),
        "CW-LICENSE-FILE": Code(
            "A licence file that a manifest names does not exist.",
            "add the file, or name the one there is",
        ),
        "CW-LINK-LOOP": Code(
            "A symbolic link among the sources leads to a folder that it lies in.",
            "remove the link, or link to what is needed of the folder",
        ),
        "CW-LOCK-FAILED": Code(
            "cargo could not resolve the dependencies of a workspace without a Cargo.lock.",
            "mend what the message says",
        ),
        "CW-LOCK-SYNTAX": Code(
            "A Cargo.lock is not one that cargo writes.",
            "restore it from git, or let `cargo generate-lockfile` write it anew",
        ),
        "CW-MANIFEST-SYNTAX": Code(
            "A manifest is not valid TOML or not a valid manifest.",
            "mend the file at the place named",
        ),
        "CW-MATRIX-TOO-LARGE": Code(
            "The matrix has more rows than a job matrix takes.",
            "pack more ABI families into one row (`abis` of the target instead of several platforms), or release fewer packages at once with `--release=ID@skip`",
        ),
        "CW-MODULE-NOT-IN-WHEEL": Code(
            "A Python module beside those of a wheel would not be in it.",
            "name its package in `[tool.maturin] python-packages`, or move it",
            WARNING,
        ),
        "CW-NAME-OWNED": Code(
            "A registry has a package of the name that is about to be released for the first time.",
            "fetch the tags (`git fetch --tags`) if it is yours; else take another name",
            WARNING,
        ),
        "CW-NAME-TAKEN": Code(
            "A registry has a package of this name from another repository.",
            "take another name, or have its owners hand it over",
        ),
        "CW-NO-MANIFEST": Code(
            "A target stands where there is no manifest for it.",
            "put the target beside its manifest, or remove it",
        ),
        "CW-NOT-MATURIN": Code(
            "A `maturin_wheel` stands beside a pyproject.toml that another backend builds.",
            'set `build-backend = "maturin"`, or remove the target',
        ),
        "CW-NOT-VISIBLE": Code(
            "The registry took an upload but does not show it to installers.",
            "run the same release again in a while; what is live is skipped",
        ),
        "CW-PATH-DEPENDENCY-UNOWNED": Code(
            "A crate is built from another one in the repository that no target owns.",
            "run `pants tailor ::`, or add a `crate_package` for it",
        ),
        "CW-PLAN-CYCLE": Code(
            "Packages depend on one another in a circle, so none can be published first.",
            "take one of the dependencies out",
        ),
        "CW-PLAN-EDITED": Code(
            "The plan was changed after cratewheel wrote it.",
            "write it again with `pants release-plan --output=FILE ::`",
        ),
        "CW-PLAN-INVALID": Code(
            "The file given as a plan is not a release plan of this version of cratewheel.",
            "write it again with `pants release-plan --output=FILE ::`",
        ),
        "CW-PLAN-OTHER-TARGETS": Code(
            "The plan was made for other targets.",
            "write it again with `pants release-plan --output=FILE ::`",
        ),
        "CW-PLAN-STALE": Code(
            "The plan was made for another commit.",
            "check that commit out, or write the plan again with `pants release-plan --output=FILE ::`",
        ),
        "CW-PLATFORM-DUPLICATE": Code(
            "A platform is declared twice in one target, with one floor.",
            "remove one of them, or give them different `compatibility`",
        ),
        "CW-PROJECT-FIRST-PUBLISH": Code(
            "Several new Python projects cannot be created by trusted publishing in one release.",
            "register a pending publisher for one of them and release that one alone, then the next; or "
            "set the variable named for this release, to a token that may create projects",
        ),
        "CW-PROVENANCE-CONTRADICTED": Code(
            "What is said about where a published version came from does not agree.",
            "a person has to decide: look at both commits, and move or delete the tag that is wrong",
        ),
        "CW-PROVENANCE-UNKNOWN": Code(
            "A version is live without a tag, and nothing proves which commit it came from; an equal version string does not.",
            "find out, and say so with `pants release-repair --commit=ID@VERSION=COMMIT`",
        ),
        "CW-PUBLISHER-NOT-REGISTERED": Code(
            "crates.io did not take the registration of a trusted publisher.",
            "register it on the crate's settings page, or use a token with the scope `trusted-publishing`",
        ),
        "CW-PYTHON-UNSUPPORTED": Code(
            "A wheel would be for a Python that the crate's PyO3 has no code for.",
            "raise `requires-python`, take the Python out of `abis`, or take an older PyO3",
        ),
        "CW-RATE-LIMITED": Code(
            "The registry takes no more uploads for longer than a release waits.",
            "run the same release again after the time named; what is live is skipped",
        ),
        "CW-README-MISSING": Code(
            "A readme that a manifest names does not exist.",
            "add the file, or name the one there is",
        ),
        "CW-README-RENDERING": Code(
            "The index could not render the readme, and refuses it.", "mend the markup"
        ),
        "CW-RECORD-INVALID": Code(
            "The record of a release, kept in a git ref, is not what cratewheel wrote.",
            "look at it with `git show REF`, and delete the ref on the remote and here when it is of no use",
        ),
        "CW-RECORD-NOT-PUSHED": Code(
            "The record of a release could not be pushed, so nothing was uploaded.",
            "give the job leave to push (`permissions: contents: write` on GitHub), or name the remote in `[cratewheel].remote`",
        ),
        "CW-RECORD-RACED": Code(
            "Another run has begun the same release at the same time; this one has uploaded nothing.",
            "wait until the other run has ended, then run the same again",
        ),
        "CW-REGISTRY-REFUSES": Code(
            "A registry could not answer, or has something else in a file's place."
        ),
        "CW-REGISTRY-UNREACHABLE": Code(
            "A registry gave no usable answer, which is never taken to mean that it lacks something.",
            "run the same release again when it can be reached; what is live is skipped",
        ),
        "CW-REHEARSAL-FOREIGN": Code(
            "The folder named for a rehearsal holds files that no rehearsal put there, so it is left alone.",
            "name an empty folder, or one that does not exist, as `rehearsal_dir`",
        ),
        "CW-REHEARSAL-UNWRITABLE": Code(
            "The rehearsal folder cannot be written.",
            "make the folder writable, or name another as `rehearsal_dir`",
        ),
        "CW-RELEASE-CLOSED": Code(
            "The index takes no further files for this release.",
            "raise the version; a release that old cannot be completed",
        ),
        "CW-RELEASE-FILES-GONE": Code(
            "A file of a live release, which its GitHub Release is to have, is in no folder that is known and not at its registry any more.",
            "name the folder of the release's artifacts in `[cratewheel].artifacts`, or make the GitHub Release by hand",
        ),
        "CW-RELEASE-OPTION": Code(
            "A `--release` entry does not say which package is released how.",
            "write `--release=ID@LEVEL-OR-VERSION`, such as `--release=crate:my-crate@minor`",
        ),
        "CW-RELEASE-UNFINISHED": Code(
            "A release that was begun from another commit is half done.",
            "finish it with its plan, or give it up with `pants release-repair --abandon`",
        ),
        "CW-REMOTE-CACHE": Code(
            "A release for real would read a remote cache, where what is not its own may be.",
            "turn `[GLOBAL].remote_cache_read` off for it, or set `[cratewheel].allow_remote_cache`",
        ),
        "CW-REPAIR-OPTION": Code(
            "An option of `release-repair` names no published version or no commit.",
            "`pants release-status` lists what is out of step",
        ),
        "CW-REPOSITORY-MISMATCH": Code(
            "A manifest names another repository than the one that the checkout comes from.",
            "name this repository, or release from that one",
            WARNING,
        ),
        "CW-REQUEST-INVALID": Code("The document given to the publisher is not a release request."),
        "CW-REQUIRES-PYTHON": Code(
            "`requires-python` is not a version specifier, admits no Python, or is missing where it decides.",
            "write it like `>=3.9`",
        ),
        "CW-ROW-ACTION-DRAFT": Code(
            "The project's own build of a row is still the draft that `release-init` wrote.",
            "write the build into the action",
        ),
        "CW-ROW-NOT-HERE": Code(
            "A row was asked for by name, and this machine cannot build it.",
            "run the job on the runner that the plan names, or install what the message says is missing",
        ),
        "CW-ROW-UNKNOWN": Code(
            "`[cratewheel].rows` or `--row` names a row that the plan does not have.",
            "take the name from `artifact_name` in the plan's matrix",
        ),
        "CW-SDIST-CONTENT": Code(
            "A source distribution is not the one that the plan says, or lacks a file it must have.",
            "build it again from the stamped checkout",
        ),
        "CW-SDIST-FILE-LEFT-OUT": Code(
            "A source distribution lacks a file that it cannot do without, because its manifest excludes it.",
            'take the file out of `[tool.maturin] exclude`, or give the pattern `format = "wheel"`',
        ),
        "CW-SDIST-REQUIRES": Code(
            "A source distribution asks for another maturin than the one that its wheel was proven with.",
            "widen `build-system.requires`, or build with a maturin that it admits",
        ),
        "CW-SET-MIXED": Code(
            "Files of a package that are live were built together with others than these; uploading would mix two builds.",
            "name the folder of the first build's files in `[cratewheel].artifacts`, or give the version up with `pants release-repair --abandon`",
        ),
        "CW-SIZE-SYNTAX": Code(
            "A size on the disk is not written as one.",
            "write a number and a unit, such as `20GiB`",
        ),
        "CW-STAMP-AMBIGUOUS": Code(
            "One Cargo.toml would have to carry the versions of two packages.",
            "stamp for the package that is built: `cratewheel stamp --plan FILE --id ID`",
        ),
        "CW-STAMP-UNKNOWN-PACKAGE": Code(
            "The plan does not have the package that is to be stamped.",
            "name one of the plan's packages by its id",
        ),
        "CW-STAMP-VERSION-FILE": Code(
            "A file of `version_files` does not have the version that it is listed for.",
            'write the entry as `PATH:KEY`, with a line `KEY = "…"` in the file',
        ),
        "CW-STAMP-WRITE": Code("A file of the checkout cannot be written.", "make it writable"),
        "CW-TAG-COLLISION": Code(
            "Two packages have tags that could not be told apart.",
            "give one of them another `tag_format`, or both the same `version_group`",
        ),
        "CW-TAG-FAILED": Code(
            "A release is live and git could not make its tag.",
            "make it as git says, on the commit of the plan",
        ),
        "CW-TAG-FORMAT": Code(
            "A `tag_format` makes tags that git does not take or that no version could be read from.",
            "write it like `{name}-v{version}`",
        ),
        "CW-TAG-MISSING": Code(
            "The clone has no tags, although packages were released.", "git fetch --tags"
        ),
        "CW-TAG-NOT-OURS": Code(
            "A package is live with these very bytes, but was published from another commit, so this one is not tagged.",
            "`pants release-repair` tags the commit that it was published from",
        ),
        "CW-TAG-NOT-PUSHED": Code(
            "A release is live and tagged here, and the tag could not be pushed."
        ),
        "CW-TAG-OFF-BRANCH": Code(
            "A higher release is tagged on a commit that is not in HEAD's history, and the project does not say whether it counts.",
            'say once `[cratewheel] tags = "all"` in pants.toml (it counts) or `"reachable"`',
        ),
        "CW-TAG-TAKEN": Code(
            "The tag of a release exists on another commit.",
            "raise the version, or remove the tag if it was made by mistake",
        ),
        "CW-TAG-UNPUBLISHED": Code(
            "A release is tagged that its registry does not have.",
            "release it from that tag's commit, or delete the tag",
        ),
        "CW-TARGET-CPU-NATIVE": Code(
            "A wheel would be compiled for the processor of the machine that builds it, and its tags do not say so.",
            "name what users have at least, `target-cpu=x86-64-v2` say, or take `native` out",
        ),
        "CW-TOOL-MISSING": Code(
            "A program that a target's `tools` names is not on this machine.",
            "install it, or take it out of `tools`",
        ),
        "CW-TOOLCHAIN-MISSING": Code(
            "There is no usable Rust toolchain or C compiler on this machine.",
            "install Rust with rustup and a C compiler, or set `[cargo].search_path`",
        ),
        "CW-TRAILER-CONFLICT": Code(
            "Trailers contradict one another about one package.",
            "take one of them back with a later commit that says `release-ignore: COMMIT`",
        ),
        "CW-TRAILER-LOST": Code(
            "A commit of a pull request has a trailer that the pull request's own text lacks.",
            "repeat it in the last lines of the pull request's description, or merge without squashing",
            WARNING,
        ),
        "CW-TRAILER-MALFORMED": Code(
            "A `release:` or `release-ignore:` trailer cannot be understood.",
            "amend the commit, or take its trailers back with a later commit that says `release-ignore: COMMIT`",
        ),
        "CW-TRAILER-NOT-COUNTED": Code(
            "A line looks like a `release:` trailer and is none, because of where it stands.",
            "put it into the last paragraph of the message, with nothing but trailers",
            WARNING,
        ),
        "CW-TRAILER-UNKNOWN-PACKAGE": Code(
            "A trailer lists a name that no published package has.",
            "amend the commit, or take its trailers back with a later commit that says `release-ignore: COMMIT`",
        ),
        "CW-TREE-DIRTY": Code(
            "A release for real is made from a commit, and the checkout differs from it.",
            "commit or stash the changes",
        ),
        "CW-TRIPLE-UNKNOWN": Code(
            "The target triple is not one that wheels can be built for.",
            "write it as `rustc --print target-list` does",
        ),
        "CW-TRUST-MISMATCH": Code(
            "The running job is not the one that a registry, or a target's `trust_policy`, trusts to publish.",
            "run the release from the job that is trusted, or change what is trusted",
        ),
        "CW-TRUST-NOT-REGISTERED": Code(
            "crates.io trusts other jobs than the one that publishes, by a target's `trust_policy` or by the workflows.",
            "register the publisher on the crate's settings page, or change the policy",
        ),
        "CW-TRUST-POLICY": Code(
            "A target's `trust_policy` does not agree with the workflows or with where the repository is.",
            "change the policy, or what it speaks of: registries compare the same",
        ),
        "CW-TRUST-UNPROVEN": Code(
            "A registry was to be asked for a token, and could not be.",
            "run `pants release-doctor --prove` in the job that publishes",
        ),
        "CW-TRUST-UNREADABLE": Code(
            "crates.io does not say whom a crate trusts, to this token.",
            "use a token with the scope `trusted-publishing`",
            NOTE,
        ),
        "CW-UPLOAD-REFUSED": Code(
            "A registry refused an upload; the message is its own.",
            "mend what it names, then run the same release again",
        ),
        "CW-VERSION-CONFLICT": Code(
            "A registry has the planned version already, and not as this commit's release of it.",
            "raise the version with a `release:` trailer or `--release=ID@VERSION`",
        ),
        "CW-VERSION-CONTRADICTION": Code(
            "Two places ask for different versions of one package.", "make them say the same"
        ),
        "CW-VERSION-INVALID": Code(
            "A version is none, or has no spelling where it is needed.",
            "write a version of three numbers, such as `1.2.3` or `1.2.3-rc.1`",
        ),
        "CW-VERSION-NOT-ABOVE": Code(
            "A version that was asked for is not above what is already released.",
            "ask for a higher one",
        ),
        "CW-WHEEL-ABI": Code(
            "A wheel tagged abi3 uses more than the stable ABI of its oldest Python.",
            "raise the `abi3-pyNN` feature and `requires-python`, or do without the symbols",
        ),
        "CW-WHEEL-METADATA": Code(
            "The metadata of a wheel or source distribution is not what its index takes.",
            "mend the field in pyproject.toml",
        ),
        "CW-WHEEL-MISSING": Code(
            "A row of the plan has no file, and a real release needs all of them.",
            "build the row on a machine that can, and name the folder with `[cratewheel].artifacts`",
        ),
        "CW-WHEEL-NAME": Code(
            "A wheel has another name than the plan says.",
            "build it again from the stamped checkout",
        ),
        "CW-WHEEL-RECORD": Code(
            "The RECORD of a wheel and its content differ.",
            "build it again, and change no wheel after it is built",
        ),
        "CW-WHEEL-TAG": Code(
            "The tags of a wheel are not those its row promises.",
            "build it where the row's floor can be kept, or change the row",
        ),
        "CW-WHEEL-TEST-FAILED": Code(
            "A built wheel cannot be installed into a clean environment, or its tests fail there.",
            "mend the wheel or its tests; what the wheel itself carries is tested as installed and is not importable below {project}",
        ),
        "CW-WHEEL-VERSION": Code(
            "A wheel has another version than the plan says.",
            "build it again from the stamped checkout",
        ),
        "CW-WORKFLOW-ALWAYS": Code(
            "A job publishes although jobs before it have failed.",
            "let the job's `if` say what must be true besides success: `needs` does the rest",
        ),
        "CW-WORKFLOW-CACHE": Code(
            "A job that makes what is released restores a cache that other jobs can fill.",
            "build releases without it",
            WARNING,
        ),
        "CW-WORKFLOW-DEPRECATED": Code(
            "A workflow uploads with a command that its makers have given up.",
            "use twine, `uv publish` or `pants release`",
            WARNING,
        ),
        "CW-WORKFLOW-MANY-PUBLISHERS": Code(
            "Several jobs publish to one registry, so a release can end half-way.",
            "build in many jobs, hand the artifacts over, and publish them in one",
            WARNING,
        ),
        "CW-WORKFLOW-NEEDS": Code(
            "A job publishes artifacts without waiting for all of those that make them.",
            "add them to its `needs`",
        ),
        "CW-WORKFLOW-NO-BARRIER": Code(
            "A job publishes to one registry while what goes to another may still fail.",
            "add the jobs that build to its `needs`",
            WARNING,
        ),
        "CW-WORKFLOW-PERMISSIONS-MISSING": Code(
            "A publishing job lacks a permission without which it fails.",
            "give the job the permission named",
        ),
        "CW-WORKFLOW-PERMISSIONS-UNSAID": Code(
            "A publishing job does not say which permissions it has.",
            "give the job `permissions`, with `id-token: write` for trusted publishing",
            WARNING,
        ),
        "CW-WORKFLOW-PERMISSIONS-WIDE": Code(
            "A workflow that publishes grants more than the publishing job needs.",
            "set `permissions: {}` at the top, and grant what each job needs in the job",
            WARNING,
        ),
        "CW-WORKFLOW-RENAMED": Code(
            "The workflow that publishes has another name than at the last release.",
            "keep the name, or register the new one first",
            WARNING,
        ),
        "CW-WORKFLOW-REUSABLE": Code(
            "A workflow that others can call publishes, which no registry supports in full.",
            "publish in the workflow that is started, and call others to build",
        ),
        "CW-WORKFLOW-STALE": Code(
            "A generated workflow does not fit what there is to build any longer.",
            "run `pants release-init` again",
        ),
        "CW-WORKFLOW-SYNTAX": Code(
            "A workflow is not valid YAML, or no workflow.", "mend the file at the place named"
        ),
        "CW-WORKFLOW-TAGS": Code(
            "A workflow waits for tags that never start it.",
            "start it from the release's workflow, or by `workflow_dispatch`",
            WARNING,
        ),
        "CW-WORKFLOW-TOKEN": Code(
            "A job that can publish without a long-lived token is given one.",
            "take the secret away, and revoke it",
            WARNING,
        ),
        "CW-WORKFLOW-TRIGGER": Code(
            "A workflow that publishes is started by an event that registries do not trust.",
            "start it by `push`, `workflow_dispatch` or `release`",
        ),
        "CW-WORKSPACE-UNOWNED": Code(
            "No `cargo_workspace` owns the root of a workspace that is built.",
            "run `pants tailor ::`, or add a `cargo_workspace` beside it",
        ),
    }
)
