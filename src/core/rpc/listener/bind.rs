//! Binding addresses, with an error for each way that it can fail.

use std::{
    fs, io,
    net::SocketAddr,
    os::unix::{fs::FileTypeExt, net},
    path::{Path, PathBuf},
    sync::Arc,
};

use thiserror::Error;
use tokio::net::{TcpListener, TcpSocket, UnixListener};

use crate::core::config::{ListenAddress, ListenUrl, ServerConfig};
use crate::core::{
    peer::PeerListener,
    tls::{self, ServerTls, TlsError},
};

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
    #[error(
        "{url} (--{flag}) needs a certificate and its key: set --{prefix}cert-file and --{prefix}key-file, or --{prefix}auto-tls"
    )]
    NoCertificate { flag: &'static str, url: String, prefix: &'static str },
    /// One socket file for both would need a look at bytes that stay where they are.
    #[error("can't listen on {url} (--{flag}): another URL with the same path has another scheme")]
    MixedSocket { flag: &'static str, url: String },
    #[error(transparent)]
    Tls(#[from] TlsError),
}

/// A bound address. The file of a unix socket is removed in the end.
pub struct Listener {
    socket: Socket,
    /// As it was asked for, with the real port if it asked for any.
    url: String,
    address: ListenAddress,
    /// Whether there is a URL without TLS.
    pub(super) plain: bool,
    pub(super) tls: Option<Arc<ServerTls>>,
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
    /// Binds the addresses of URLs, inside a tokio runtime. `flag` is what asked for them, `tls` is for those that ask for TLS, and
    /// `prefix` is what the names of its flags begin with. One address may be listened on with and without TLS.
    pub fn bind_all(
        urls: &[ListenUrl],
        (flag, prefix): (&'static str, &'static str),
        tls: Option<&Arc<ServerTls>>,
        config: &ServerConfig,
    ) -> Result<Vec<Self>, ListenError> {
        let mut bound: Vec<Self> = Vec::new();
        for url in urls {
            let tls = match tls {
                None if url.tls => return Err(ListenError::NoCertificate { flag, url: url.text.clone(), prefix }),
                tls => tls.filter(|_| url.tls).cloned(),
            };
            let same = |listener: &&mut Self| listener.address == url.address && listener.address.is_fixed();
            if let Some(listener) = bound.iter_mut().find(same) {
                if matches!(url.address, ListenAddress::Unix(_)) {
                    return Err(ListenError::MixedSocket { flag, url: url.text.clone() });
                }
                listener.plain |= !url.tls;
                listener.tls = listener.tls.take().or(tls);
                continue;
            }
            let mut listener = Self::bind(url, flag, config)?;
            (listener.plain, listener.tls) = (!url.tls, tls);
            bound.push(listener);
        }
        Ok(bound)
    }

    /// Binds one address, without TLS.
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
                Ok(Self { socket: Socket::Tcp(listener), url: text, address: url.address.clone(), plain: true, tls: None })
            }
            ListenAddress::Unix(path) => {
                clear_stale_socket(path, flag, url)?;
                let listener = UnixListener::bind(path).map_err(failed)?;
                let socket = Socket::Unix { listener, _file: SocketFile(path.clone()) };
                Ok(Self { socket, url: url.text.clone(), address: url.address.clone(), plain: true, tls: None })
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
        let peer: PeerListener = match self.socket {
            Socket::Tcp(listener) => listener.into(),
            Socket::Unix { listener, _file } => {
                // The file has to stay for as long as the process does.
                #[expect(clippy::mem_forget, clippy::used_underscore_binding, reason = "dropping it would remove the file")]
                std::mem::forget(_file);
                listener.into()
            }
        };
        peer.with_tls(self.tls, self.plain)
    }

    pub(super) async fn accept(&self) -> io::Result<Accepted> {
        match &self.socket {
            Socket::Tcp(listener) => {
                let (stream, remote) = listener.accept().await?;
                Ok(Accepted { socket: tls::Socket::Tcp(stream), remote: Some(remote) })
            }
            Socket::Unix { listener, .. } => Ok(Accepted { socket: tls::Socket::Unix(listener.accept().await?.0), remote: None }),
        }
    }
}

/// A connection, and where it comes from, unless it is from this machine by a socket file.
pub(super) struct Accepted {
    pub socket: tls::Socket,
    pub remote: Option<SocketAddr>,
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
