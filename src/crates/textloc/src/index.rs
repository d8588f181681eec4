use crate::Encoding;

/// A place in a text: both numbers count from zero, `column` in the encoding that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line, from zero.
    pub line: usize,
    /// Units of the encoding between the start of the line and the place.
    pub column: usize,
}

/// Where a line starts, in all three encodings.
#[derive(Clone, Copy, Debug)]
struct Start {
    utf8: usize,
    utf16: usize,
    utf32: usize,
}

impl Start {
    fn in_units(&self, encoding: Encoding) -> usize {
        match encoding {
            Encoding::Utf8 => self.utf8,
            Encoding::Utf16 => self.utf16,
            Encoding::Utf32 => self.utf32,
        }
    }

    fn after(&self, text: &str) -> Start {
        if text.is_ascii() {
            return Start {
                utf8: self.utf8 + text.len(),
                utf16: self.utf16 + text.len(),
                utf32: self.utf32 + text.len(),
            };
        }
        Start {
            utf8: self.utf8 + text.len(),
            utf16: self.utf16 + Encoding::Utf16.length(text),
            utf32: self.utf32 + Encoding::Utf32.length(text),
        }
    }
}

/// A text and the starts of its lines.
///
/// `T` is anything that lends a `str`: `&str` to index a text in place, `String` or `Arc<str>` to
/// keep it together with its index.
#[derive(Clone, Debug)]
pub struct LineIndex<T> {
    text: T,
    /// Never empty: the first line starts at zero.
    starts: Vec<Start>,
    end: Start,
}

impl<T: AsRef<str>> LineIndex<T> {
    /// Reads the text once and notes where its lines start.
    pub fn new(text: T) -> Self {
        let whole = text.as_ref();
        let bytes = whole.as_bytes();
        let mut start = Start {
            utf8: 0,
            utf16: 0,
            utf32: 0,
        };
        let mut starts = vec![start];
        for terminator in memchr::memchr2_iter(b'\n', b'\r', bytes) {
            if bytes[terminator] == b'\r' && bytes.get(terminator + 1) == Some(&b'\n') {
                continue;
            }
            start = start.after(&whole[start.utf8..=terminator]);
            starts.push(start);
        }
        let end = start.after(&whole[start.utf8..]);
        LineIndex { text, starts, end }
    }

    /// The text that was indexed.
    pub fn text(&self) -> &str {
        self.text.as_ref()
    }

    /// How many lines there are; a text that ends with a terminator has an empty last line.
    pub fn line_count(&self) -> usize {
        self.starts.len()
    }

    /// The length of the text.
    pub fn length(&self, encoding: Encoding) -> usize {
        self.end.in_units(encoding)
    }

    /// The line with its terminator removed, or `None` beyond the last line.
    pub fn line(&self, line: usize) -> Option<&str> {
        let whole = self.whole_line(line)?;
        Some(whole.trim_end_matches(['\n', '\r']))
    }

    /// The line and column of an offset, or `None` beyond the end of the text.
    ///
    /// The offset right after the last character is a place too: the end of the last line.
    pub fn position(&self, offset: usize, encoding: Encoding) -> Option<Position> {
        if offset > self.length(encoding) {
            return None;
        }
        let line = self.line_at(offset, encoding);
        let column = offset - self.starts[line].in_units(encoding);
        Some(Position { line, column })
    }

    /// The offset of a line and column, or `None` where the line is not that long.
    ///
    /// Columns reach to the end of the line's terminator, so that every position that
    /// [`position`](Self::position) gives has its offset back.
    pub fn offset(&self, position: Position, encoding: Encoding) -> Option<usize> {
        let start = self.starts.get(position.line)?.in_units(encoding);
        let end = self.end_of(position.line).in_units(encoding);
        let offset = start.checked_add(position.column)?;
        (offset <= end).then_some(offset)
    }

    /// The same place counted in another encoding.
    ///
    /// `None` beyond the end of the text, and for an offset inside a character.
    pub fn convert(&self, offset: usize, from: Encoding, to: Encoding) -> Option<usize> {
        let Position { line, column } = self.position(offset, from)?;
        let mut left = column;
        let mut converted = self.starts[line].in_units(to);
        let mut characters = self.whole_line(line)?.chars();
        while left > 0 {
            let character = characters.next()?;
            left = left.checked_sub(from.width(character))?;
            converted += to.width(character);
        }
        Some(converted)
    }

    fn line_at(&self, offset: usize, encoding: Encoding) -> usize {
        self.starts
            .partition_point(|start| start.in_units(encoding) <= offset)
            - 1
    }

    fn end_of(&self, line: usize) -> &Start {
        self.starts.get(line + 1).unwrap_or(&self.end)
    }

    fn whole_line(&self, line: usize) -> Option<&str> {
        let start = self.starts.get(line)?.utf8;
        Some(&self.text()[start..self.end_of(line).utf8])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Encoding; 3] = [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32];

    #[test]
    fn the_three_terminators_end_a_line_and_crlf_ends_one() {
        let index = LineIndex::new("a\nb\r\nc\rd");
        let lines: Vec<_> = (0..index.line_count()).map(|n| index.line(n)).collect();
        assert_eq!(lines, [Some("a"), Some("b"), Some("c"), Some("d")]);
    }

    #[test]
    fn an_empty_text_has_one_empty_line() {
        let index = LineIndex::new("");
        assert_eq!(index.line_count(), 1);
        assert_eq!(index.line(0), Some(""));
        assert_eq!(
            index.position(0, Encoding::Utf16),
            Some(Position { line: 0, column: 0 })
        );
        assert_eq!(index.position(1, Encoding::Utf16), None);
    }

    #[test]
    fn a_column_beyond_its_line_has_no_offset() {
        let index = LineIndex::new("ab\ncd");
        let beyond = Position { line: 0, column: 4 };
        assert_eq!(index.offset(beyond, Encoding::Utf8), None);
        let far = Position {
            line: 1,
            column: usize::MAX,
        };
        assert_eq!(index.offset(far, Encoding::Utf8), None);
    }

    #[test]
    fn an_offset_inside_a_character_is_no_place_in_another_encoding() {
        let index = LineIndex::new("🦀");
        assert_eq!(index.convert(2, Encoding::Utf8, Encoding::Utf16), None);
        assert_eq!(index.convert(4, Encoding::Utf8, Encoding::Utf16), Some(2));
    }

    #[test]
    fn every_character_is_found_again_from_every_encoding() {
        let text = "α\r\n\nβ🦀x\ré\u{2028}z\n";
        let index = LineIndex::new(text);
        for (utf8, _) in text.char_indices() {
            let place = ALL.map(|encoding| index.convert(utf8, Encoding::Utf8, encoding).unwrap());
            for (from, offset) in ALL.into_iter().zip(place) {
                let position = index.position(offset, from).unwrap();
                assert_eq!(index.offset(position, from), Some(offset));
                for (to, expected) in ALL.into_iter().zip(place) {
                    assert_eq!(index.convert(offset, from, to), Some(expected));
                }
            }
        }
    }
}
