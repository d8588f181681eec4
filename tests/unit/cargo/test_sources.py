"""Files that Rust sources name are found, wherever rustc would look for them."""

from __future__ import annotations

import subprocess
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from cratewheel.cargo.sources import manifest_relative_files, referenced_files

SOURCE = r"""
#![doc = include_str!("../../README.md")]
/* include_str!("no/block.txt") /* nested */ include_str!("no/nested.txt") */
// include_str!("no/line.txt")
const QUOTE: char = '"';
const LIFE: &'static str = include_str!(
    r"data/raw.txt",
);
static BYTES: &[u8] = include_bytes!["data\x2fbytes.bin"];
const INNER: &str = "include_str!(\"no/string.txt\")";
const SLASHES: &str = "https://example.org"; static T: &str = include_str!("data/after.txt");
const HASHES: &str = r#"a " include_str!("no/raw.txt") "#;
#[path = "other/place.rs"]
mod place;
#[cfg_attr(unix, path = "unix.rs")]
mod system;
fn f() -> u8 { include! { "data/code.in" } }
const OUTSIDE: &str = include_str!("../../../../elsewhere.txt");
const OUT: &str = include_str!(concat!(env!("OUT_DIR"), "/generated.rs"));
const IN: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../", "shared.txt"));
"""


def test_the_files_a_source_names() -> None:
    assert referenced_files("crates/a/src/lib.rs", SOURCE) == (
        "crates/README.md",
        "crates/a/src/data/after.txt",
        "crates/a/src/data/bytes.bin",
        "crates/a/src/data/code.in",
        "crates/a/src/data/raw.txt",
        "crates/a/src/other/place.rs",
        "crates/a/src/unix.rs",
    )
    assert manifest_relative_files("crates/a", SOURCE) == ("crates/shared.txt",)


def test_escapes_of_a_name_are_read_and_an_open_comment_ends_with_the_file() -> None:
    source = (
        'const A: &str = include_str!("da\\u{74}a/\\\n      one.txt");\n'
        'const B: &str = include_str!("a\\tb.txt");\n'
        '/* open include_str!("no.txt")'
    )
    assert referenced_files("src/lib.rs", source) == ("src/a\tb.txt", "src/data/one.txt")


def test_rustc_agrees(tmp_path: Path) -> None:
    """rustc's own dependency list of a source is the source and the files we find."""
    text = """
        #![crate_type = "lib"]
        pub const A: &str = include_str!("../up.txt");
        pub const B: &[u8] = include_bytes!(r#"data/b.bin"#); // include_str!("none.txt")
        #[path = "odd/name.rs"] pub mod name;
    """
    for path, content in {
        "src/lib.rs": text,
        "up.txt": "",
        "src/data/b.bin": "",
        "src/odd/name.rs": "",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(content)
    subprocess.run(
        ["rustc", "src/lib.rs", "--emit", "dep-info=deps.d", "--edition", "2021"],
        cwd=tmp_path,
        check=True,
    )
    rule = (tmp_path / "deps.d").read_text().splitlines()[0]
    inputs = {
        str((tmp_path / path).resolve().relative_to(tmp_path.resolve()))
        for path in rule.partition(":")[2].split()
    }
    assert inputs == {"src/lib.rs", *referenced_files("src/lib.rs", text)}


@given(st.text(alphabet="\"'/*\\ru{}#!()xinclude_st\n\x00 9", max_size=80))
def test_no_text_makes_it_fail(text: str) -> None:
    referenced_files("a/src/lib.rs", text)
    manifest_relative_files("a", text)
