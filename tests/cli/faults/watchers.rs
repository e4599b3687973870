//! Watches of every shape, each stream put down as it was, and taken up again at another member where the last one ended.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use quorate::core::verify::history::WatchStream;
use quorate_proto::etcdserverpb::{
    WatchCreateRequest, WatchProgressRequest, WatchRequest, WatchResponse, watch_create_request::FilterType,
    watch_request::RequestUnion,
};
use rand::Rng;
use tokio::{
    sync::mpsc,
    task::JoinHandle,
    time::{Instant, sleep, timeout},
};
use tokio_stream::wrappers::ReceiverStream;
use tonic::Streaming;

use super::{client::Client, world::World};

/// How often a watcher that hears nothing looks around.
const LOOK_AROUND: Duration = Duration::from_millis(100);
/// A stream that is silent for longer is left for another member. Each asks for progress more often than that.
const SILENCE_MAX: Duration = Duration::from_millis(1500);
const OPEN_WITHIN: Duration = Duration::from_millis(1000);
/// The id of an answer that speaks for all watches of a stream.
const ALL_WATCHES: i64 = -1;

/// What one watch asks for, and where it goes on.
#[derive(Clone)]
struct Spec {
    request: WatchCreateRequest,
    next: i64,
}

/// How a watcher behaves.
#[derive(Clone, Copy, PartialEq)]
enum Habit {
    /// Reads at once, moves now and then.
    Brisk,
    /// Reads little by little.
    Slow,
}

pub fn start(world: &Arc<World>) -> Vec<JoinHandle<()>> {
    let client = |number| Client::new(world.clone(), number);
    let of = |key: &str, end: &str| WatchCreateRequest {
        key: Bytes::from(key.to_owned()),
        range_end: Bytes::from(end.to_owned()),
        ..Default::default()
    };
    let all = WatchCreateRequest { fragment: true, prev_kv: true, ..of("\0", "\0") };
    let puts = WatchCreateRequest { filters: vec![FilterType::Nodelete as i32], ..of("range/", "range0") };
    let deletes = WatchCreateRequest { filters: vec![FilterType::Noput as i32], prev_kv: true, ..of("range/", "range0") };
    let pods = WatchCreateRequest { prev_kv: true, progress_notify: true, ..of("/registry/pods/", "/registry/pods0") };
    vec![
        tokio::spawn(run(client(51), vec![of("\0", "\0")], Habit::Brisk)),
        tokio::spawn(run(client(52), vec![pods.clone(), of("register/1", "")], Habit::Brisk)),
        tokio::spawn(run(client(53), vec![puts, deletes, of("leased/", "leased0")], Habit::Brisk)),
        tokio::spawn(run(client(54), vec![all, pods], Habit::Slow)),
    ]
}

async fn run(mut client: Client, requests: Vec<WatchCreateRequest>, habit: Habit) {
    let mut specs: Vec<Spec> = requests.into_iter().map(|request| Spec { request, next: 1 }).collect();
    loop {
        let Some((member, clients)) = client.connected().await else { continue };
        let mut stream = WatchStream { client: client.number, member, begun: client.world.recorder.now(), ..Default::default() };
        let (requests, outgoing) = mpsc::channel(64);
        for spec in &specs {
            // No progress is told of a watch that begins beyond the store's revision, and there will be no further one.
            let from = client.world.last_revision().map_or(spec.next, |last| spec.next.min(last));
            let create = WatchCreateRequest { start_revision: from, ..spec.request.clone() };
            stream.creates.push((client.world.recorder.now(), create.clone()));
            requests
                .send(WatchRequest { request_union: Some(RequestUnion::CreateRequest(create)) })
                .await
                .expect("there is room");
        }
        let is_finished = match timeout(OPEN_WITHIN, clients.watch.clone().watch(ReceiverStream::new(outgoing))).await {
            Ok(Ok(opened)) => follow(&mut client, opened.into_inner(), &requests, &mut stream, &mut specs, habit).await,
            Ok(Err(_)) | Err(_) => false,
        };
        stream.ended = (!is_finished).then(|| client.world.recorder.now());
        client.world.recorder.stream(stream);
        if is_finished {
            return;
        }
        client.next_member().await;
    }
}

/// Reads until the stream fails, falls silent, or is left. True when all of it was read to the end of the run.
async fn follow(
    client: &mut Client,
    mut responses: Streaming<WatchResponse>,
    requests: &mpsc::Sender<WatchRequest>,
    stream: &mut WatchStream,
    specs: &mut [Spec],
    habit: Habit,
) -> bool {
    // A watcher that moves resumes: without any fault too.
    let leaves_at = Instant::now() + Duration::from_millis(client.random.random_range(300..8000));
    let (mut heard_at, mut asked_at) = (Instant::now(), Instant::now());
    let mut ids: Vec<i64> = Vec::new();
    loop {
        let last = client.world.last_revision();
        if last.is_none() && Instant::now() > leaves_at || heard_at.elapsed() > SILENCE_MAX {
            return false;
        }
        let ask_every = if last.is_some() { 100 } else { 600 };
        if asked_at.elapsed() > Duration::from_millis(ask_every) && ids.len() == specs.len() {
            asked_at = Instant::now();
            let at = client.world.recorder.now();
            let request = WatchRequest { request_union: Some(RequestUnion::ProgressRequest(WatchProgressRequest {})) };
            // Where the member takes no more requests there is no progress to wait for.
            if requests.try_send(request).is_ok() {
                stream.progress_requests.push(at);
            }
        }
        if habit == Habit::Slow && last.is_none() {
            sleep(Duration::from_millis(client.random.random_range(0..150))).await;
        }
        let response = match timeout(LOOK_AROUND, responses.message()).await {
            Ok(Ok(Some(response))) => response,
            Ok(Ok(None) | Err(_)) => return false,
            Err(_) => continue,
        };
        heard_at = Instant::now();
        stream.responses.push((client.world.recorder.now(), response.clone()));
        let revision = response.header.as_ref().map_or(0, |header| header.revision);
        if response.created {
            ids.push(response.watch_id);
        }
        if response.canceled {
            // Compacted while nobody was looking: go on with what is left.
            let at = ids.iter().position(|&id| id == response.watch_id);
            let spec = at.map(|at| &mut specs[at]).expect("only created watches are cancelled");
            spec.next = response.compact_revision.max(spec.next);
            return false;
        }
        if response.watch_id == ALL_WATCHES {
            // Everything up to here has been told: whoever resumes may do so behind it.
            specs.iter_mut().for_each(|spec| spec.next = spec.next.max(revision + 1));
            if last.is_some_and(|last| revision >= last) {
                return true;
            }
        } else if let Some(at) = ids.iter().position(|&id| id == response.watch_id)
            && let Some(event) = response.events.last()
            && !response.fragment
        {
            specs[at].next = event.kv.as_ref().map_or(0, |kv| kv.mod_revision) + 1;
        } else if response.events.is_empty()
            && !response.created
            && let Some(at) = ids.iter().position(|&id| id == response.watch_id)
        {
            specs[at].next = specs[at].next.max(revision + 1);
        }
    }
}
