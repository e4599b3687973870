//! key_range
