//! Telling systemd that the server is ready, when it asks to be told.

/// Sends `READY=1` to the socket that `NOTIFY_SOCKET` names. Without one there is nobody to tell; when telling fails, the log says so
/// and the server goes on, since clients can reach it.
pub fn notify_ready() {
    if let Err(error) = sd_notify::notify(&[sd_notify::NotifyState::Ready]) {
        tracing::warn!(%error, "systemd could not be told that the server is ready");
    }
}
