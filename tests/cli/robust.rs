//! Clients and operators that do what they should not: broken streams, silent readers, oversized requests, a second server on
//! the same directory, pauses at the worst moment.

mod hoarders;
mod malformed;
mod paused;
mod slow_reader;
mod start_stop;
mod too_large;
