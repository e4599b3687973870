//! A connection whose first bytes were read ahead and are read again, and which counts what is written.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll},
};

use bytes::{Buf, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::connections::Meter;

/// Reads `first`, then what the connection has; writes go straight through, and are counted.
pub struct Rewound<IO> {
    first: Bytes,
    io: IO,
    meter: Meter,
}

impl<IO> Rewound<IO> {
    pub fn new(first: Bytes, io: IO, meter: Meter) -> Self {
        Self { first, io, meter }
    }

    fn count(&self, wrote: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if let Poll::Ready(Ok(bytes)) = &wrote {
            self.meter.wrote(*bytes);
        }
        wrote
    }
}

impl<IO: AsyncRead + Unpin> AsyncRead for Rewound<IO> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.first.is_empty() {
            return Pin::new(&mut self.io).poll_read(cx, buffer);
        }
        let len = self.first.len().min(buffer.remaining());
        buffer.put_slice(&self.first[..len]);
        self.first.advance(len);
        Poll::Ready(Ok(()))
    }
}

impl<IO: AsyncWrite + Unpin> AsyncWrite for Rewound<IO> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        let wrote = Pin::new(&mut self.io).poll_write(cx, data);
        self.count(wrote)
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, cx: &mut Context<'_>, data: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let wrote = Pin::new(&mut self.io).poll_write_vectored(cx, data);
        self.count(wrote)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;

    use super::*;

    #[tokio::test]
    async fn bytes_read_ahead_come_first_whatever_the_buffer() {
        for buffer_len in 1..8 {
            let mut rewound = Rewound::new(Bytes::from_static(b"abc"), &b"defg"[..], Meter::default());
            let mut read = Vec::new();
            loop {
                let mut buffer = vec![0; buffer_len];
                match rewound.read(&mut buffer).await.unwrap() {
                    0 => break,
                    len => read.extend_from_slice(&buffer[..len]),
                }
            }
            assert_eq!(read, b"abcdefg");
        }
    }
}
