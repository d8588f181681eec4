use std::fmt;
use std::str::FromStr;

/// The unit that offsets and columns are counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// Bytes of the UTF-8 form, as Rust's `str` counts.
    Utf8,
    /// 16-bit units of the UTF-16 form, as JavaScript and the Language Server Protocol count.
    Utf16,
    /// Code points, as Python's `str` counts.
    Utf32,
}

impl Encoding {
    /// How many units `text` takes in this encoding.
    pub fn length(self, text: &str) -> usize {
        match self {
            Encoding::Utf8 => text.len(),
            _ if text.is_ascii() => text.len(),
            Encoding::Utf16 => text.chars().map(char::len_utf16).sum(),
            Encoding::Utf32 => text.chars().count(),
        }
    }

    /// How many units one character takes in this encoding.
    pub fn width(self, character: char) -> usize {
        match self {
            Encoding::Utf8 => character.len_utf8(),
            Encoding::Utf16 => character.len_utf16(),
            Encoding::Utf32 => 1,
        }
    }
}

/// The name that is not one of `utf-8`, `utf-16` and `utf-32`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownEncoding(String);

impl fmt::Display for UnknownEncoding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "unknown encoding `{}`: expected utf-8, utf-16 or utf-32",
            self.0
        )
    }
}

impl std::error::Error for UnknownEncoding {}

impl FromStr for Encoding {
    type Err = UnknownEncoding;

    /// Reads the names that the Language Server Protocol gives to position encodings.
    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "utf-8" => Ok(Encoding::Utf8),
            "utf-16" => Ok(Encoding::Utf16),
            "utf-32" => Ok(Encoding::Utf32),
            _ => Err(UnknownEncoding(name.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crab_has_a_length_in_every_encoding() {
        let lengths = [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32].map(|e| e.length("a🦀é"));
        assert_eq!(lengths, [7, 4, 3]);
    }

    #[test]
    fn a_misspelt_name_says_what_was_expected() {
        let error = "utf16".parse::<Encoding>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "unknown encoding `utf16`: expected utf-8, utf-16 or utf-32"
        );
    }
}
