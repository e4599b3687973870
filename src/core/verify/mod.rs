//! What must hold: the rules of a store, and checkers that hold a run against them.
//!
//! [`history`] is a run as its clients saw it, in the words of the wire: who asked what of whom, when, and what came back.
//! [`model`] says what a store is, [`watcher`] what a watcher is: two reference models, small enough to be read. [`check`] holds
//! a history against them.
//! Nothing here knows how the store works, or who wrote the history: the simulator, a test against real processes, or etcd's own
//! client. So the same checkers judge all of them.

pub mod check;
pub mod history;
pub mod model;
mod span;
pub mod users;
pub mod watcher;
