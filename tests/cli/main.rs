//! The one binary of integration tests.

mod process;
mod serving;
