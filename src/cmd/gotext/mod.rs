//! The text forms of the Go language, which etcd's tools read and print: numbers, truth values, durations, quoted strings
//! and sizes. Scripts compare these texts, so they are kept to the letter, error texts included.

mod duration;
mod number;
mod quote;
mod size;

pub use duration::{format_duration, parse_duration};
pub use number::{Hex16, NumberError, parse_bool, parse_int, parse_uint};
pub use quote::{quote, unquote};
pub use size::human_bytes;
