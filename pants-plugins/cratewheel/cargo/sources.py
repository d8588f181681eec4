"""Files that a crate's Rust sources name: what a build needs beside the `.rs` files themselves."""

from __future__ import annotations


def referenced_files(path: str, text: str) -> tuple[str, ...]:
    """Repository-relative files that a Rust source names by a string literal, sorted.

    `include!`, `include_str!`, `include_bytes!` (relative to the source file, or to the package by
    `concat!(env!("CARGO_MANIFEST_DIR"), "/…")`, which is answered relative to `path`'s package by
    `manifest_relative_files`), and `#[path = "…"] mod`. Names built by other macros are not found.

    Args:
        path: the source's repository-relative path.
        text: its text.
    """
    raise NotImplementedError


def manifest_relative_files(directory: str, text: str) -> tuple[str, ...]:
    """Files named by `concat!(env!("CARGO_MANIFEST_DIR"), "/…")` in a source of the package in
    `directory`, repository-relative, sorted."""
    raise NotImplementedError
