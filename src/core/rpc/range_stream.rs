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
        server::{ServerHandle, auth::Caller},
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
            let check = |auth: &AuthStore, author: &Author| auth.check_range(author, &request.key, &request.range_end);
            let caller = shown.allowed(&server, check).await?;
            let (chunks, stream) = mpsc::channel(CHUNKS_AHEAD);
            tokio::spawn(async move {
                let failed = chunks.clone();
                if let Err(status) = blocking(move || send_all(&server, &caller, &request, &chunks)).await {
                    // Gone clients need no error.
                    let _ = failed.send(Err(status)).await;
                }
            });
            Ok(Response::new(Box::pin(ReceiverStream::new(stream)) as Chunks))
        })
    }
}

/// Reads chunk after chunk. Each has a view of its own at the pinned revision, so no disk transaction waits for the client.
fn send_all(
    server: &ServerHandle,
    caller: &Caller,
    request: &RangeRequest,
    chunks: &mpsc::Sender<Result<RangeStreamResponse, Status>>,
) -> Result<(), Status> {
    let store = server.store();
    let (view, current) = store.view_at(request.revision).map_err(Refusal::from)?;
    let pinned = view.upper().main;
    drop(view);
    let options = range_options(request);
    let limit = usize::try_from(request.limit).ok().filter(|limit| *limit > 0).unwrap_or(usize::MAX);
    let small_bytes = server.limits().request_bytes_max / 2;
    let (mut chunk_keys, mut sent) = (FIRST_CHUNK_KEYS, 0);
    let mut from = options.range.start().clone();
    loop {
        let wanted = if request.count_only { 0 } else { chunk_keys.min(limit - sent) };
        let part = RangeOptions { range: options.range.starting_at(from.clone()), ..options.clone() };
        let read = store.read_at(pinned, |view| read_chunk(view, &part, wanted, sent + wanted == limit || request.count_only));
        let (chunk, _) = read.map_err(|error| fault(server, error))?.map_err(Refusal::from)?;
        // Each chunk by itself: what was allowed when the first was read may be no more.
        still_allowed(server, caller)?;
        sent += chunk.kvs.len();
        let bytes: usize = chunk.kvs.frames().len();
        match chunk.next {
            Some(next) if chunk.rest.is_none() => {
                send(chunks, RangeResponse { kvs: chunk.kvs, ..RangeResponse::default() })?;
                from = next;
                if bytes < small_bytes {
                    chunk_keys *= 2;
                } else if bytes > small_bytes * 4 {
                    chunk_keys = (chunk_keys / 2).max(1);
                }
            }
            next => {
                let more = next.is_some() && !request.count_only;
                let count = sent as i64 + chunk.rest.unwrap_or(0);
                let reply = RangeReply { revision: current, kvs: chunk.kvs, more, count };
                return send(chunks, RangeResponse::new(header::at(server, current), reply));
            }
        }
    }
}

fn send(chunks: &mpsc::Sender<Result<RangeStreamResponse, Status>>, response: RangeResponse) -> Result<(), Status> {
    let message = RangeStreamResponse { range_response: Some(response) };
    chunks.blocking_send(Ok(message)).map_err(|_| Status::cancelled("context canceled"))
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
