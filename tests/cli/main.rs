//! The one binary of integration tests.

#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests wait with deadlines of their own, and may fail")]

mod process;
mod serving;
