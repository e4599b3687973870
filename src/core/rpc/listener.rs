//! l
use thiserror::Error;
#[derive(Debug, Error)]
#[error("x")]
pub struct ListenError;
