//! RangeStream: a range in chunks, all of them at one revision.
//!
//! Source: etcd 3.7: the first chunk has ten keys at most; the next limit doubles while chunks stay small and halves when they get
//! large. Only the last message carries header, more and count; the count is of all keys in the range.
//!
//! Who names something to sort by and no order gets each chunk sorted by itself, and the next one begins behind the key that came last,
//! as in etcd: keys then may be missing, and come twice.

use std::pin::Pin;

use bytes::Bytes;
use quorate_proto::etcdserverpb::RangeRequest;
use tokio::sync::mpsc;
use tokio_stream::{Stream, wrappers::ReceiverStream};
use tonic::{Request, Response, Status, server::ServerStreamingService};

use super::{
    super::{
        apply::{RangeReply, range_options},
        auth::{AuthStore, Author},
        backend::BackendError,
        mvcc::{KvList, RangeOptions, Scan, View, decode_record, run_range},
        refusal::Refusal,
        server::ServerHandle,
    },
    caller::{Shown, still_allowed},
    header,
    kv::{admit, blocking, fault},
    validate,
    wire::{RangeResponse, RangeStreamResponse},
};

/// Keys in the first chunk.
const FIRST_CHUNK_KEYS: usize = 10;
/// Chunks made ahead of what the client has taken.
const CHUNKS_AHEAD: usize = 2;

/// The method, for tonic.
pub struct Method(pub ServerHandle);

type Chunks = Pin<Box<dyn Stream<Item = Result<RangeStreamResponse, Status>> + Send>>;

impl ServerStreamingService<RangeRequest> for Method {
    type Response = RangeStreamResponse;
    type ResponseStream = Chunks;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Chunks>, Status>> + Send>>;

    fn call(&mut self, request: Request<RangeRequest>) -> Self::Future {
        let server = self.0.clone();
        Box::pin(async move {
            admit(&server, request.metadata())?;
            let shown = Shown::of(&server, request.metadata().as_ref(), request.extensions());
            let request = request.into_inner();
            validate::range_stream(&request)?;
            if !request.serializable {
                server.linearizable().await?;
            }
            let mut judged_at = None;
            let check = |auth: &AuthStore, author: &Author| {
                judged_at = Some(auth.revision());
                auth.check_range(author, &request.key, &request.range_end)
            };
            let caller = shown.allowed(&server, check).await?;
            let (chunks, stream) = mpsc::channel(CHUNKS_AHEAD);
            tokio::spawn(async move {
                let sent = match Progress::begin(&server, &request) {
                    Ok(progress) => match send_all(&server, judged_at, progress, &chunks).await {
                        // Whoever shows a revision that is yet to come is told so behind all that there is. Source: etcd 3.7.
                        Ok(()) => still_allowed(&server, &caller),
                        refused => refused,
                    },
                    Err(status) => Err(status),
                };
                if let Err(status) = sent {
                    // Gone clients need no error.
                    let _ = chunks.send(Err(status)).await;
                }
            });
            Ok(Response::new(Box::pin(ReceiverStream::new(stream)) as Chunks))
        })
    }
}

/// How far a stream is.
struct Progress {
    options: RangeOptions,
    /// Keys to send at most.
    limit: usize,
    /// The revision that all is read at, and the store's when it began, which the header names.
    pinned: i64,
    current: i64,
    /// Where the next chunk begins, and how many keys it has at most.
    from: Bytes,
    chunk_keys: usize,
    sent: usize,
    /// Half of a request's size: below it the next chunk has twice as many keys.
    small_bytes: usize,
}

impl Progress {
    fn begin(server: &ServerHandle, request: &RangeRequest) -> Result<Self, Status> {
        let (view, current) = server.store().view_at(request.revision).map_err(Refusal::from)?;
        let options = range_options(request);
        Ok(Self {
            limit: usize::try_from(request.limit).ok().filter(|limit| *limit > 0).unwrap_or(usize::MAX),
            pinned: view.upper().main,
            current,
            from: options.range.start().clone(),
            chunk_keys: FIRST_CHUNK_KEYS,
            sent: 0,
            small_bytes: server.limits().request_bytes_max / 2,
            options,
        })
    }

    /// The next message, and whether it is the last. It has a view of its own at the pinned revision, so no disk transaction waits for
    /// the client.
    fn next(&mut self, server: &ServerHandle) -> Result<(RangeResponse, bool), Status> {
        let count_only = self.options.count_only;
        let wanted = if count_only { 0 } else { self.chunk_keys.min(self.limit - self.sent) };
        let is_last = self.sent + wanted == self.limit || count_only;
        let part = RangeOptions { range: self.options.range.starting_at(self.from.clone()), ..self.options.clone() };
        let read = server.store().read_at(self.pinned, |view| read_chunk(view, &part, wanted, is_last));
        let (chunk, _) = read.map_err(|error| fault(server, error))?.map_err(Refusal::from)?;
        self.sent += chunk.kvs.len();
        let bytes = chunk.kvs.frames().len();
        match chunk.next {
            Some(next) if chunk.rest.is_none() => {
                self.from = next;
                if bytes < self.small_bytes {
                    self.chunk_keys *= 2;
                } else if bytes > self.small_bytes * 4 {
                    self.chunk_keys = (self.chunk_keys / 2).max(1);
                }
                Ok((RangeResponse { kvs: chunk.kvs, ..RangeResponse::default() }, false))
            }
            next => {
                let more = next.is_some() && !count_only;
                let count = self.sent as i64 + chunk.rest.unwrap_or(0);
                let reply = RangeReply { revision: self.current, kvs: chunk.kvs, more, count };
                Ok((RangeResponse::new(header::at(server, self.current), reply), true))
            }
        }
    }
}

/// Reads chunk after chunk, each when the client has taken those before: a slow one holds neither a thread nor a turn. `judged_at` is the
/// revision of users at which the stream was allowed; none while authentication was off.
async fn send_all(
    server: &ServerHandle,
    judged_at: Option<u64>,
    mut progress: Progress,
    chunks: &mpsc::Sender<Result<RangeStreamResponse, Status>>,
) -> Result<(), Status> {
    let gone = || Status::cancelled("context canceled");
    loop {
        let place = chunks.reserve().await.map_err(|_| gone())?;
        let turn = server.turn_for_long_read().await?;
        let on_thread = server.clone();
        let (response, is_last);
        (response, is_last, progress) = blocking(move || {
            let (response, is_last) = progress.next(&on_thread)?;
            Ok((response, is_last, progress))
        })
        .await?;
        drop(turn);
        // Each chunk by itself: what was allowed when the first was read may be no more.
        if let Some(revision) = judged_at {
            server.state().auth.read().check_still(revision)?;
        }
        place.send(Ok(RangeStreamResponse { range_response: Some(response) }));
        if is_last {
            return Ok(());
        }
    }
}

struct Chunk {
    kvs: KvList,
    /// The key after the chunk, if there is one.
    next: Option<Bytes>,
    /// Keys from that one on, where it is the last chunk that is sent all the same.
    rest: Option<i64>,
}

/// Reads up to `keys` keys; counts the rest if this is to be the last chunk.
fn read_chunk(view: &View, options: &RangeOptions, keys: usize, is_last: bool) -> Result<Chunk, BackendError> {
    if !options.natural_order() && !options.count_only {
        return read_sorted_chunk(view, options, keys, is_last);
    }
    let mut scan: Scan<'_> = view.scan(&options.range)?;
    let mut kvs = KvList::default();
    while let Some((key, found)) = scan.next_key(view.upper())? {
        if kvs.len() < keys {
            kvs.push(&options.show(view, &key, &found)?);
            continue;
        }
        let mut rest = is_last.then_some(1);
        while let Some(rest) = &mut rest
            && scan.next_key(view.upper())?.is_some()
        {
            *rest += 1;
        }
        return Ok(Chunk { kvs, next: Some(key), rest });
    }
    Ok(Chunk { kvs, next: None, rest: None })
}

/// As [`read_chunk`], sorted.
fn read_sorted_chunk(view: &View, options: &RangeOptions, keys: usize, is_last: bool) -> Result<Chunk, BackendError> {
    let limit = i64::try_from(keys).unwrap_or(i64::MAX);
    let found = run_range(view, &RangeOptions { limit, ..options.clone() })?;
    let last = found.kvs.iter().last().filter(|_| found.more);
    let Some(last) = last else { return Ok(Chunk { kvs: found.kvs, next: None, rest: None }) };
    let last = decode_record(Bytes::copy_from_slice(last), view.upper())?;
    let next = Bytes::from([&last.key[..], &[0]].concat());
    let behind = RangeOptions { range: options.range.starting_at(next.clone()), count_only: true, ..options.clone() };
    let rest = if is_last { Some(run_range(view, &behind)?.count) } else { None };
    Ok(Chunk { kvs: found.kvs, next: Some(next), rest })
}
