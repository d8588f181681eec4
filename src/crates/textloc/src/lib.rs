#![doc = include_str!("../README.md")]

mod encoding;
mod index;

pub use encoding::Encoding;
pub use index::{LineIndex, Position};
