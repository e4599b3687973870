//! Binding addresses, with an error for each way that it can fail.

use std::{
    fs, io,
    net::SocketAddr,
    os::unix::{fs::FileTypeExt, net},
    path::{Path, PathBuf},
};

use thiserror::Error;
use tokio::net::{TcpListener, TcpSocket, TcpStream, UnixListener, UnixStream};

use crate::core::config::{ListenAddress, ListenUrl, ServerConfig};
use crate::core::peer::PeerListener;

/// Connections that the kernel holds for us until they are accepted.
const BACKLOG: u32 = 4096;

/// Why an address can't be listened on.
#[derive(Debug, Error)]
pub enum ListenError {
    #[error("can't listen on {url} (--{flag}): the address is in use by another process; stop it or choose another port")]
    InUse { flag: &'static str, url: String },
    #[error("can't listen on {url} (--{flag}): {source}")]
    Failed { flag: &'static str, url: String, source: io::Error },
    #[error("can't listen on {url} (--{flag}): {} exists and is not a socket", .path.display())]
    NotASocket { flag: &'static str, url: String, path: PathBuf },
}

/// A bound address. The file of a unix socket is removed in the end.
pub struct Listener {
    socket: Socket,
    /// As it was asked for, with the real port if it asked for any.
    url: String,
}

enum Socket {
    Tcp(TcpListener),
    Unix { listener: UnixListener, _file: SocketFile },
}

struct SocketFile(PathBuf);

impl Drop for SocketFile {
    fn drop(&mut self) {
        // A file left behind is recognised and replaced at the next start.
        drop(fs::remove_file(&self.0));
    }
}

impl Listener {
    /// Binds an address, inside a tokio runtime. `flag` is what asked for it.
    pub fn bind(url: &ListenUrl, flag: &'static str, config: &ServerConfig) -> Result<Self, ListenError> {
        let failed = |source: io::Error| match source.kind() {
            io::ErrorKind::AddrInUse => ListenError::InUse { flag, url: url.text.clone() },
            _ => ListenError::Failed { flag, url: url.text.clone(), source },
        };
        match &url.address {
            ListenAddress::Tcp(address) => {
                let listener = bind_tcp(*address, config).map_err(failed)?;
                let port = listener.local_addr().map_err(failed)?.port();
                let text = match url.text.strip_suffix(":0") {
                    Some(rest) => format!("{rest}:{port}"),
                    None => url.text.clone(),
                };
                Ok(Self { socket: Socket::Tcp(listener), url: text })
            }
            ListenAddress::Unix(path) => {
                clear_stale_socket(path, flag, url)?;
                let listener = UnixListener::bind(path).map_err(failed)?;
                Ok(Self { socket: Socket::Unix { listener, _file: SocketFile(path.clone()) }, url: url.text.clone() })
            }
        }
    }

    /// The URL with the real port.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The address, unless it is a unix socket.
    pub fn local_addr(&self) -> Option<SocketAddr> {
        match &self.socket {
            Socket::Tcp(listener) => listener.local_addr().ok(),
            Socket::Unix { .. } => None,
        }
    }

    /// The bare socket, for the protocol between members, which has its own way of accepting.
    pub fn into_peer(self) -> PeerListener {
        match self.socket {
            Socket::Tcp(listener) => listener.into(),
            Socket::Unix { listener, _file } => {
                // The file has to stay for as long as the process does.
                #[expect(clippy::mem_forget, clippy::used_underscore_binding, reason = "dropping it would remove the file")]
                std::mem::forget(_file);
                listener.into()
            }
        }
    }

    pub(super) async fn accept(&self) -> io::Result<Accepted> {
        match &self.socket {
            Socket::Tcp(listener) => {
                let (stream, remote) = listener.accept().await?;
                Ok(Accepted::Tcp(stream, remote))
            }
            Socket::Unix { listener, .. } => Ok(Accepted::Unix(listener.accept().await?.0)),
        }
    }
}

/// A connection.
pub(super) enum Accepted {
    Tcp(TcpStream, SocketAddr),
    Unix(UnixStream),
}

impl Accepted {
    /// Where the client is, for people.
    pub(super) fn address(&self) -> String {
        match self {
            Self::Tcp(_, remote) => remote.to_string(),
            Self::Unix(_) => "unix".into(),
        }
    }
}

fn bind_tcp(address: SocketAddr, config: &ServerConfig) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // Always, as in Go: otherwise a restart would have to wait for old connections to be forgotten. A port that someone listens on
    // stays refused.
    socket.set_reuseaddr(true)?;
    socket.set_reuseport(config.socket_reuse_port)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Removes the file of a socket that nobody listens on any more.
fn clear_stale_socket(path: &Path, flag: &'static str, url: &ListenUrl) -> Result<(), ListenError> {
    let failed = |source| ListenError::Failed { flag, url: url.text.clone(), source };
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(error)),
        Ok(metadata) if !metadata.file_type().is_socket() => {
            return Err(ListenError::NotASocket { flag, url: url.text.clone(), path: path.to_owned() });
        }
        Ok(_) => {}
    }
    if net::UnixStream::connect(path).is_ok() {
        return Err(ListenError::InUse { flag, url: url.text.clone() });
    }
    fs::remove_file(path).map_err(failed)
}
