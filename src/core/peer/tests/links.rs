//! Streams of messages and lease calls.

use crate::core::peer::LeaderLink as _;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpStream, UnixListener},
    sync::watch,
};
use tonic::Code;

use super::*;
use crate::core::peer::{
    dial::{DialError, Dialled, dial},
    limits::{KEEP_ALIVE_TIMEOUT, REPLICATE_QUEUE_MESSAGES_MAX},
};

#[tokio::test]
async fn three_members_exchange_messages_in_order_each_way() {
    let members = [Member::start(1).await, Member::start(2).await, Member::start(3).await];
    introduce(&members.each_ref());
    for member in &members {
        for peer in members.iter().filter(|peer| peer.id() != member.id()) {
            member.connected_to(peer.id()).await;
        }
    }
    for round in 0..200 {
        for member in &members {
            let peers = members.iter().filter(|peer| peer.id() != member.id());
            // As raft does: appends and heartbeats for several peers in one call.
            let messages = peers.flat_map(|peer| {
                let (from, to) = (member.id(), peer.id());
                [append(from, to, 2 * round, 10), append(from, to, 2 * round + 1, 10), message(kind::HEARTBEAT, from, to, round)]
            });
            member.outbox.send(messages.collect());
        }
        tokio::task::yield_now().await;
    }
    for member in &members {
        until("all arrived", || member.told.count(kind::APPEND) == 800 && member.told.count(kind::HEARTBEAT) == 400).await;
        for peer in members.iter().filter(|peer| peer.id() != member.id()) {
            let told = member.told.0.lock();
            let from_peer = |kind| {
                let messages = told.messages.iter().filter(move |message| message.r#type == kind && message.from == peer.id());
                messages.map(|message| message.index).collect::<Vec<_>>()
            };
            assert_eq!(from_peer(kind::APPEND), (0..400).collect::<Vec<_>>());
            assert_eq!(from_peer(kind::HEARTBEAT), (0..200).collect::<Vec<_>>());
            assert!(told.unreachable.is_empty());
        }
    }
}

#[tokio::test]
async fn a_burst_needs_no_task_a_message() {
    let (one, two) = (Member::start(1).await, Member::start(2).await);
    introduce(&[&one, &two]);
    one.connected_to(2).await;
    let runtime = Handle::current();
    let (mut sent, mut tasks_max) = (0, 0);
    while sent < 50_000 {
        one.outbox.send((sent..sent + 50).map(|index| append(1, 2, index, 100)).collect());
        sent += 50;
        until("the peer keeps up", || two.told.0.lock().messages.len() + 2000 > sent as usize).await;
        tasks_max = tasks_max.max(runtime.metrics().num_alive_tasks());
    }
    until("all arrived", || two.told.0.lock().messages.len() == 50_000).await;
    assert_eq!(two.told.indexes(kind::APPEND), (0..50_000).collect::<Vec<_>>());
    assert!(tasks_max < 50, "{tasks_max} tasks");
}

#[tokio::test]
async fn a_large_append_passes_whole() {
    let (one, two) = (Member::start(1).await, Member::start(2).await);
    introduce(&[&one, &two]);
    one.connected_to(2).await;
    let large = append(1, 2, 7, 40 << 20);
    one.outbox.send(vec![large.clone()]);
    until("it arrived", || two.told.count(kind::APPEND) == 1).await;
    assert!(two.told.0.lock().messages[0] == large);
    assert!(one.told.0.lock().unreachable.is_empty());
    one.outbox.send(vec![append(1, 2, 9, 64 << 20)]);
    assert_eq!(one.told.0.lock().unreachable, [2], "what the peer would refuse is not sent");
}

#[tokio::test]
async fn heartbeats_overtake_appends_that_a_slow_peer_leaves_waiting_and_the_queue_stays_bounded() {
    let one = Member::start(1).await;
    let (url, told) = deaf::start(2).await;
    one.outbox.set_peers(vec![(2, vec![url])]);
    one.connected_to(2).await;

    let mut sent: usize = 0;
    while one.told.0.lock().unreachable.is_empty() {
        one.outbox.send(vec![append(1, 2, sent as u64, 16 << 10)]);
        sent += 1;
        assert!(sent < 2 * REPLICATE_QUEUE_MESSAGES_MAX, "the queue takes any number");
        tokio::task::yield_now().await;
    }
    // 32 MiB queued, and what fits in the windows.
    assert!((2000..3500).contains(&sent), "full after {sent}");
    assert_eq!(one.told.0.lock().unreachable, [2]);
    for index in 0..10 {
        let sent_at = Instant::now();
        one.outbox.send(vec![append(1, 2, 0, 16 << 10), message(kind::HEARTBEAT, 1, 2, index)]);
        until("the heartbeat arrived", || told.count(kind::HEARTBEAT) as u64 == index + 1).await;
        assert!(sent_at.elapsed() < Duration::from_secs(1), "a heartbeat took {:?}", sent_at.elapsed());
    }
    assert_eq!(told.count(kind::APPEND), 0);
    assert_eq!(one.told.0.lock().unreachable.len(), 11, "each drop is reported");
}

#[tokio::test]
async fn a_peer_that_comes_back_on_its_port_is_found_again() {
    let (one, two) = (Member::start(1).await, Member::start(2).await);
    introduce(&[&one, &two]);
    one.connected_to(2).await;
    two.connected_to(1).await;
    let since = one.outbox.active_since(2).unwrap();
    let (ids, address) = (two.ids, two.address);

    let stopping = Instant::now();
    two.stop().await;
    assert!(stopping.elapsed() < Duration::from_secs(2), "stopping took {:?}", stopping.elapsed());
    until("the loss is noticed", || one.outbox.active_since(2).is_none()).await;
    one.outbox.send(vec![append(1, 2, 1, 10)]);
    until("what could not be sent is reported", || one.told.0.lock().unreachable.contains(&2)).await;

    let two = Member::start_with(ids, address, Source::default()).await;
    one.connected_to(2).await;
    assert!(one.outbox.active_since(2).unwrap() > since);
    one.outbox.send(vec![append(1, 2, 2, 10)]);
    until("a new message arrived", || two.told.indexes(kind::APPEND).contains(&2)).await;
    assert_eq!(two.told.indexes(kind::APPEND), [2], "what was reported lost does not turn up late");
}

#[tokio::test]
async fn messages_sent_while_a_first_connection_is_made_are_kept() {
    let (one, two) = (Member::start(1).await, Member::start(2).await);
    introduce(&[&one, &two]);
    one.outbox.send(vec![message(kind::REQUEST_PRE_VOTE, 1, 2, 5)]);
    until("the vote arrived", || two.told.indexes(kind::REQUEST_PRE_VOTE) == [5]).await;
}

#[tokio::test]
async fn a_peer_that_calls_is_called_back_without_waiting() {
    let one = Member::start(1).await;
    // Nobody listens there yet: the pauses of member 1 grow to their full length.
    let reserved = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = reserved.local_addr().unwrap();
    drop(reserved);
    one.outbox.set_peers(vec![(2, vec![format!("http://{address}")])]);
    until("five attempts have failed", || {
        one.outbox.send(vec![append(1, 2, 1, 1)]);
        one.told.0.lock().unreachable.len() >= 5
    })
    .await;
    let two = Member::start_with(Ids { cluster_id: CLUSTER, member_id: 2 }, address, Source::default()).await;
    introduce(&[&one, &two]);
    two.connected_to(1).await;
    let called = Instant::now();
    one.connected_to(2).await;
    assert!(called.elapsed() < Duration::from_millis(600), "called back after {:?}", called.elapsed());
}

#[tokio::test]
async fn another_cluster_and_another_member_are_refused() {
    let one = Member::start(1).await;
    let strange = Ids { cluster_id: 0xbad, member_id: 2 };
    let stranger = Member::start_with(strange, "127.0.0.1:0".parse().unwrap(), Source::default()).await;
    introduce(&[&one, &stranger]);
    let error = dial(&[one.url()], strange, 1, KEEP_ALIVE_TIMEOUT, None).await.unwrap_err();
    let DialError::Refused { reason, .. } = &error else { panic!("{error:?}") };
    assert_eq!(reason, "cluster id mismatch: the call is for bad, this is c1");

    let error = dial(&[one.url()], Ids { cluster_id: CLUSTER, member_id: 2 }, 3, KEEP_ALIVE_TIMEOUT, None).await.unwrap_err();
    assert!(error.to_string().ends_with("member id mismatch: the call is for 3, this is 1"), "{error}");

    stranger.outbox.send(vec![append(2, 1, 1, 1), message(kind::REQUEST_VOTE, 2, 1, 1)]);
    until("the drop is reported", || stranger.told.0.lock().unreachable.contains(&1)).await;
    assert!(one.told.0.lock().messages.is_empty());
    assert!(one.outbox.active_since(2).is_none() && stranger.outbox.active_since(1).is_none());
}

#[tokio::test]
async fn a_member_that_was_taken_out_is_told_so_and_not_listened_to() {
    let (one, two) = (Member::start(1).await, Member::start(2).await);
    introduce(&[&one, &two]);
    two.connected_to(1).await;
    two.outbox.send(vec![append(2, 1, 1, 1)]);
    until("the first message arrives", || one.told.count(kind::APPEND) == 1).await;
    one.told.0.lock().removed.push(2);
    // A stream that stands ends with the next message, and no other is let in.
    two.outbox.send(vec![append(2, 1, 2, 1)]);
    until("it is told", || two.told.0.lock().told_removed.contains(&(1, true))).await;
    let error = dial(&[one.url()], Ids { cluster_id: CLUSTER, member_id: 2 }, 1, KEEP_ALIVE_TIMEOUT, None).await.unwrap_err();
    assert!(matches!(error, DialError::Removed { .. }), "{error}");
    assert_eq!(one.told.indexes(kind::APPEND), [1]);
    assert!(one.told.0.lock().told_removed.is_empty());
}

/// A learner that was cut off while it was taken out has nothing to say, and once never heard of it: it went on with what it had.
#[tokio::test]
async fn a_member_that_was_taken_out_and_says_nothing_is_told_so() {
    let (one, two) = (Member::start(1).await, Member::start(2).await);
    introduce(&[&one, &two]);
    two.connected_to(1).await;
    one.told.0.lock().is_learner = true;
    one.told.0.lock().removed.push(2);
    until("it is told", || two.told.0.lock().told_removed.contains(&(1, false))).await;
}

/// A leader that was added while a member was away, or before one that joins knew of anybody, called it and heard no answer: whom that
/// one did not know it had no link to.
#[tokio::test]
async fn a_member_that_is_not_known_yet_is_answered_where_it_says_it_is() {
    let (one, two) = (Member::start(1).await, Member::start(2).await);
    two.outbox.set_peers(vec![(1, vec![one.url()]), (2, vec![two.url()])]);
    one.connected_to(2).await;
    one.outbox.send(vec![append(1, 2, 1, 1)]);
    until("it is answered", || two.told.count(kind::APPEND) == 1).await;
    // What is known of the members since says that it is none.
    one.told.0.lock().removed.push(2);
    one.outbox.set_peers(vec![(1, vec![one.url()])]);
    assert!(one.outbox.active_since(2).is_none());
}

#[tokio::test]
async fn the_leader_is_asked_to_promote_a_learner() {
    let (one, two) = (Member::start(1).await, Member::start(2).await);
    introduce(&[&one, &two]);
    two.connected_to(1).await;
    assert_eq!(two.outbox.promote_member(1, 7).await.unwrap(), wire::PromoteVerdict::Promoted);
    assert_eq!(two.outbox.promote_member(1, 13).await.unwrap(), wire::PromoteVerdict::LearnerNotReady);
    assert_eq!(two.outbox.promote_member(9, 7).await.unwrap_err().code(), Code::Unavailable);
}

#[tokio::test]
async fn a_message_on_the_wrong_stream_or_for_another_member_ends_the_stream() {
    let one = Member::start(1).await;
    let ids = Ids { cluster_id: CLUSTER, member_id: 2 };
    let Dialled { client, .. } = dial(&[one.url()], ids, 1, KEEP_ALIVE_TIMEOUT, None).await.unwrap();
    for wrong in
        [message(kind::HUP, 2, 1, 0), message(kind::SNAPSHOT, 2, 1, 0), append(2, 1, 0, 1), message(kind::HEARTBEAT, 2, 3, 0)]
    {
        let batch = wire::Batch { messages: vec![message(kind::HEARTBEAT, 2, 1, 0), wrong] };
        let answers = client.clone().control(tokio_stream::once(batch)).await.unwrap();
        let status = answers.into_inner().message().await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument);
    }
    assert!(one.told.0.lock().messages.is_empty());
}

#[tokio::test]
async fn each_url_of_a_peer_is_tried() {
    let (one, two) = (Member::start(1).await, Member::start(2).await);
    let closed = "http://127.0.0.1:1".to_owned();
    // The first does not answer, the second cannot be used, the third is another member.
    one.outbox.set_peers(vec![(2, vec![closed, "https://127.0.0.1:2".into(), one.url(), two.url()])]);
    one.connected_to(2).await;
}

#[tokio::test]
async fn members_reach_each_other_through_a_unix_socket() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("peer");
    let (ids, told) = (Ids { cluster_id: CLUSTER, member_id: 2 }, Recorder::default());
    let listener = UnixListener::bind(&path).unwrap();
    let serving = serve(vec![listener.into()], Arc::new(told.clone()), ids, None, std::future::pending());
    tokio::spawn(serving);
    let one = Member::start(1).await;
    one.outbox.set_peers(vec![(2, vec![format!("unix://{}", path.display())])]);
    one.connected_to(2).await;
    one.outbox.send(vec![append(1, 2, 4, 1)]);
    until("it arrived", || told.indexes(kind::APPEND) == [4]).await;
}

#[tokio::test]
async fn a_removed_peer_is_disconnected_and_hears_no_more() {
    let (one, two) = (Member::start(1).await, Member::start(2).await);
    introduce(&[&one, &two]);
    two.connected_to(1).await;
    one.connected_to(2).await;
    one.outbox.set_peers(vec![(1, vec![one.url()])]);
    assert!(one.outbox.active_since(2).is_none());
    one.outbox.send(vec![append(1, 2, 1, 1)]);
    two.outbox.send(vec![append(2, 1, 2, 1)]);
    until("the other way still stands", || one.told.indexes(kind::APPEND) == [2]).await;
    assert!(two.told.0.lock().messages.is_empty());
}

#[tokio::test]
async fn dropped_links_leave_no_connection_behind() {
    let (one, two) = (Member::start(1).await, Member::start(2).await);
    let runtime = Handle::current();
    until("both are listening", || runtime.metrics().num_alive_tasks() == 2).await;
    introduce(&[&one, &two]);
    one.connected_to(2).await;
    two.connected_to(1).await;
    assert!(runtime.metrics().num_alive_tasks() > 2);
    one.outbox.set_peers(Vec::new());
    two.outbox.set_peers(Vec::new());
    until("only the listeners are left", || runtime.metrics().num_alive_tasks() == 2).await;
}

#[tokio::test]
async fn lease_calls_reach_the_leader_and_its_refusal_comes_back() {
    let (one, two) = (Member::start(1).await, Member::start(2).await);
    let status = one.outbox.lease_keep_alive(2, 7).await.unwrap_err();
    assert_eq!((status.code(), status.message()), (Code::Unavailable, "no connection to member 2"));
    introduce(&[&one, &two]);
    one.connected_to(2).await;
    assert_eq!(one.outbox.lease_keep_alive(2, 7).await.unwrap(), 70);
    let status = one.outbox.lease_keep_alive(2, 13).await.unwrap_err();
    assert_eq!((status.code(), status.message()), (Code::Unavailable, "not leader"));
    let reply = one.outbox.lease_time_to_live(2, 5, true).await.unwrap();
    assert_eq!((reply.ttl_secs, reply.granted_ttl_secs, reply.keys), (5, 60, vec![Bytes::from_static(b"k")]));
}

/// Passes bytes both ways until told to stand still, as a network does that swallows everything.
async fn swallowing_proxy(target: SocketAddr, is_frozen: watch::Receiver<bool>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((near, _)) = listener.accept().await {
            let far = TcpStream::connect(target).await.unwrap();
            let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
            for (mut input, mut output) in [(near_in, far_out), (far_in, near_out)] {
                let mut is_frozen = is_frozen.clone();
                tokio::spawn(async move {
                    let mut buffer = vec![0; 64 << 10];
                    while let Ok(read @ 1..) = input.read(&mut buffer).await {
                        is_frozen.wait_for(|frozen| !frozen).await.unwrap();
                        if output.write_all(&buffer[..read]).await.is_err() {
                            break;
                        }
                    }
                });
            }
        }
    });
    address
}

#[tokio::test]
async fn a_link_that_swallows_everything_is_noticed_in_seconds_and_made_again() {
    let (one, two) = (Member::start(1).await, Member::start(2).await);
    let (freeze, is_frozen) = watch::channel(false);
    let proxy = swallowing_proxy(two.address, is_frozen).await;
    one.outbox.set_peers(vec![(2, vec![format!("http://{proxy}")])]);
    one.connected_to(2).await;
    let since = one.outbox.active_since(2).unwrap();

    freeze.send_replace(true);
    one.outbox.send(vec![message(kind::HEARTBEAT, 1, 2, 1)]);
    until("the loss is noticed", || one.outbox.active_since(2).is_none()).await;
    assert!(since.elapsed() < Duration::from_secs(8), "noticed after {:?}", since.elapsed());
    until("the heartbeat is reported", || one.told.0.lock().unreachable.contains(&2)).await;
    freeze.send_replace(false);
    one.connected_to(2).await;
}
