//! Holds a conversation with a server through the Rust client `etcd-client`.
//!
//! It panics at the first thing that is not as it must be. The server's address is the one argument; with more of them [`secured`]
//! says what they are. What the program asks of the test, each answered by a line: RESTART has the server killed and started again,
//! DROP ends all of a user's tokens, LOGINS asks how often the user has logged in so far.

mod secured;

use std::{env, io, time::Duration};

use etcd_client::{
    Client, Compare, CompareOp, Error, EventType, GetOptions, LeaseTimeToLiveOptions, PutOptions, SortOrder, SortTarget, Txn,
    TxnOp, TxnOpResponse, WatchOptions,
};
use tokio::time::{Instant, sleep, timeout};

type Result<T> = std::result::Result<T, Error>;

const LONG: Duration = Duration::from_secs(30);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if arguments.len() > 1 {
        return secured::hold(&arguments).await;
    }
    let endpoint = arguments.first().expect("the server's address is the argument");
    let mut client = Client::connect([endpoint], None).await?;
    kv(&mut client).await?;
    txn(&mut client).await?;
    refusals(&mut client).await?;
    members(&mut client).await?;
    leases(&mut client).await?;
    locks(&client).await?;
    watch(&mut client).await?;
    compaction(&mut client).await?;
    println!("all as it must be");
    Ok(())
}

async fn kv(client: &mut Client) -> Result<()> {
    for i in 0..20 {
        client.put(format!("kv/{i:02}"), i.to_string(), None).await?;
    }
    let all = client.get("kv/", Some(GetOptions::new().with_prefix())).await?;
    let first = all.header().expect("a header").revision();
    assert_eq!((all.kvs().len(), all.count(), all.more()), (20, 20, false));
    let order = GetOptions::new().with_prefix().with_limit(2).with_sort(SortTarget::Mod, SortOrder::Descend);
    let page = client.get("kv/", Some(order)).await?;
    assert_eq!((page.kvs()[0].key(), page.count(), page.more()), (&b"kv/19"[..], 20, true));
    let put = client.put("kv/00", "again", Some(PutOptions::new().with_prev_key())).await?;
    assert_eq!(put.prev_key().expect("the previous value").value(), b"0");
    let old = client.get("kv/00", Some(GetOptions::new().with_revision(first))).await?;
    assert_eq!((old.kvs()[0].value(), old.kvs()[0].version()), (&b"0"[..], 1));
    let new = client.get("kv/00", None).await?;
    assert_eq!((new.kvs()[0].value(), new.kvs()[0].version()), (&b"again"[..], 2));
    let gone = client.delete("kv/1", Some(etcd_client::DeleteOptions::new().with_prefix().with_prev_key())).await?;
    assert_eq!((gone.deleted(), gone.prev_kvs().len()), (10, 10));
    Ok(())
}

async fn txn(client: &mut Client) -> Result<()> {
    let create = || {
        Txn::new()
            .when([Compare::create_revision("txn/a", CompareOp::Equal, 0)])
            .and_then([TxnOp::put("txn/a", "1", None), TxnOp::get("txn/a", None)])
            .or_else([TxnOp::get("txn/a", None)])
    };
    let made = client.txn(create()).await?;
    assert!(made.succeeded());
    let revision = made.header().expect("a header").revision();
    match &made.op_responses()[1] {
        TxnOpResponse::Get(read) => assert_eq!(read.kvs()[0].mod_revision(), revision),
        other => panic!("not a read: {other:?}"),
    }
    assert!(!client.txn(create()).await?.succeeded());
    let inner = Txn::new().when([Compare::mod_revision("txn/a", CompareOp::Less, 1)]).or_else([TxnOp::delete("txn/a", None)]);
    let outer = Txn::new().and_then([TxnOp::txn(inner), TxnOp::put("txn/b", "2", None)]);
    let done = client.txn(outer).await?;
    assert_eq!(done.header().expect("a header").revision(), revision + 1);
    assert_eq!(client.get("txn/", Some(GetOptions::new().with_prefix().with_count_only())).await?.count(), 1);
    Ok(())
}

/// The server's words in a refusal.
fn words<T>(answer: Result<T>) -> String {
    match answer {
        Err(Error::GRpcStatus(status)) => status.message().to_owned(),
        Err(other) => panic!("not a refusal: {other}"),
        Ok(_) => panic!("not refused"),
    }
}

async fn refusals(client: &mut Client) -> Result<()> {
    assert_eq!(words(client.put("", "x", None).await), "etcdserver: key is not provided");
    let lease = PutOptions::new().with_lease(12345);
    assert_eq!(words(client.put("x", "y", Some(lease)).await), "etcdserver: requested lease not found");
    let future = GetOptions::new().with_revision(1 << 40);
    assert_eq!(words(client.get("x", Some(future)).await), "etcdserver: mvcc: required revision is a future revision");
    let twice = Txn::new().and_then([TxnOp::put("x", "1", None), TxnOp::put("x", "2", None)]);
    assert_eq!(words(client.txn(twice).await), "etcdserver: duplicate key given in txn request");
    Ok(())
}

async fn members(client: &mut Client) -> Result<()> {
    let list = client.member_list().await?;
    assert_eq!(list.members().len(), 1);
    let status = client.status().await?;
    assert_eq!(status.leader(), list.members()[0].id());
    let (one, two) = (client.hash_kv(0).await?, client.hash_kv(0).await?);
    assert_eq!(one.hash(), two.hash());
    Ok(())
}

async fn leases(client: &mut Client) -> Result<()> {
    let id = client.lease_grant(2, None).await?.id();
    for key in ["lease/a", "lease/b"] {
        client.put(key, "", Some(PutOptions::new().with_lease(id))).await?;
    }
    let (mut keeper, mut answers) = client.lease_keep_alive(id).await?;
    let kept_until = Instant::now() + Duration::from_millis(3500);
    while Instant::now() < kept_until {
        keeper.keep_alive().await?;
        assert_eq!(answers.message().await?.expect("an answer").ttl(), 2);
        sleep(Duration::from_millis(500)).await;
    }
    let left = client.lease_time_to_live(id, Some(LeaseTimeToLiveOptions::new().with_keys())).await?;
    assert_eq!((left.keys().len(), left.granted_ttl()), (2, 2));
    let held = client.get("lease/", Some(GetOptions::new().with_prefix())).await?;
    assert_eq!(held.count(), 2);

    let from = held.header().expect("a header").revision() + 1;
    let options = WatchOptions::new().with_prefix().with_start_revision(from);
    let mut stream = client.watch("lease/", Some(options)).await?;
    let mut ends = Vec::new();
    while ends.len() < 2 {
        let answer = timeout(LONG, stream.message()).await.expect("an ended lease is seen")?.expect("the watch goes on");
        for event in answer.events() {
            assert_eq!(event.event_type(), EventType::Delete);
            ends.push(event.kv().expect("a key").mod_revision());
        }
    }
    assert_eq!(ends[0], ends[1], "all keys of a lease go in one revision");
    assert_eq!(client.lease_time_to_live(id, None).await?.ttl(), -1);
    keeper.keep_alive().await?;
    let ended = async {
        loop {
            // Answers to renewals that were still under way come first.
            match answers.message().await {
                Ok(Some(answer)) if answer.ttl() > 0 => {}
                _ => return,
            }
        }
    };
    timeout(LONG, ended).await.expect("renewing an ended lease is answered");
    let other = client.lease_grant(600, Some(etcd_client::LeaseGrantOptions::new().with_id(4712))).await?;
    assert_eq!(other.id(), 4712);
    assert!(client.leases().await?.leases().iter().any(|lease| lease.id() == 4712));
    client.lease_revoke(4712).await?;
    Ok(())
}

/// Four take one lock in turn, by transactions on a key with a lease.
async fn locks(client: &Client) -> Result<()> {
    use std::sync::{
        Arc,
        atomic::{AtomicI32, Ordering},
    };
    let (holders, turns) = (Arc::new(AtomicI32::new(0)), Arc::new(AtomicI32::new(0)));
    let mut workers = Vec::new();
    for _ in 0..4 {
        let (mut client, holders, turns) = (client.clone(), holders.clone(), turns.clone());
        workers.push(tokio::spawn(async move {
            let lease = client.lease_grant(30, None).await?.id();
            for _ in 0..5 {
                let taken = lock(&mut client, lease).await?;
                assert_eq!(holders.fetch_add(1, Ordering::SeqCst), 0, "one holder");
                sleep(Duration::from_millis(2)).await;
                turns.fetch_add(1, Ordering::SeqCst);
                holders.fetch_sub(1, Ordering::SeqCst);
                let mine = Compare::create_revision("lock", CompareOp::Equal, taken);
                let release = Txn::new().when([mine]).and_then([TxnOp::delete("lock", None)]);
                assert!(client.txn(release).await?.succeeded(), "the holder releases");
            }
            client.lease_revoke(lease).await.map(|_| ())
        }));
    }
    for worker in workers {
        worker.await.expect("a worker does not fail")?;
    }
    assert_eq!(turns.load(Ordering::SeqCst), 20);
    Ok(())
}

/// Takes the lock and gives the revision that proves it. Waits for the holder's key to go.
async fn lock(client: &mut Client, lease: i64) -> Result<i64> {
    loop {
        let take = Txn::new()
            .when([Compare::create_revision("lock", CompareOp::Equal, 0)])
            .and_then([TxnOp::put("lock", "", Some(PutOptions::new().with_lease(lease)))]);
        let answer = client.txn(take).await?;
        let revision = answer.header().expect("a header").revision();
        if answer.succeeded() {
            return Ok(revision);
        }
        let mut stream = client.watch("lock", Some(WatchOptions::new().with_start_revision(revision + 1))).await?;
        'held: loop {
            let answer = timeout(LONG, stream.message()).await.expect("a lock is released")?.expect("the watch goes on");
            for event in answer.events() {
                if event.event_type() == EventType::Delete {
                    break 'held;
                }
            }
        }
    }
}

/// Every change comes once and in order, over a crash of the server: after a lost stream the follower goes on where it was.
async fn watch(client: &mut Client) -> Result<()> {
    let start = client.put("before", "", None).await?.header().expect("a header").revision() + 1;
    let mut follower = client.clone();
    let reading = tokio::spawn(async move {
        let (mut seen, mut next) = (Vec::new(), start);
        while seen.len() < 40 {
            let options = WatchOptions::new().with_prefix().with_start_revision(next);
            let Ok(mut stream) = follower.watch("watch/", Some(options)).await else {
                sleep(Duration::from_millis(50)).await;
                continue;
            };
            while let Ok(Some(answer)) = stream.message().await {
                assert!(!answer.canceled(), "{}", answer.cancel_reason());
                for event in answer.events() {
                    let kv = event.kv().expect("a key");
                    seen.push(kv.value_str().expect("a number").to_owned());
                    next = kv.mod_revision() + 1;
                }
                if seen.len() >= 40 {
                    break;
                }
            }
        }
        seen
    });
    for i in 0..40 {
        if i == 20 {
            ask("RESTART");
        }
        put_surely(client, format!("watch/{}", i % 3), i.to_string()).await?;
    }
    let seen = timeout(LONG, reading).await.expect("all changes are seen").expect("the follower does not fail");
    assert_eq!(seen, (0..40).map(|i: i32| i.to_string()).collect::<Vec<_>>());
    Ok(())
}

/// Has the test do something, and gives its answer.
fn ask(what: &str) -> String {
    println!("{what}");
    let mut answer = String::new();
    io::stdin().read_line(&mut answer).expect("an answer comes");
    answer.trim().to_owned()
}

/// The answer may be lost with the server: then what is stored decides.
async fn put_surely(client: &mut Client, key: String, value: String) -> Result<()> {
    let end = Instant::now() + LONG;
    loop {
        let Err(error) = client.put(key.clone(), value.clone(), None).await else { return Ok(()) };
        if Instant::now() > end {
            return Err(error);
        }
        if let Ok(kept) = client.get(key.clone(), None).await
            && kept.kvs().first().is_some_and(|kv| kv.value() == value.as_bytes())
        {
            return Ok(());
        }
        sleep(Duration::from_millis(50)).await;
    }
}

async fn compaction(client: &mut Client) -> Result<()> {
    let first = client.put("compaction", "1", None).await?.header().expect("a header").revision();
    let now = client.put("compaction", "2", None).await?.header().expect("a header").revision();
    client.compact(now, None).await?;
    let past = GetOptions::new().with_revision(first);
    let text = "etcdserver: mvcc: required revision has been compacted";
    assert_eq!(words(client.get("compaction", Some(past)).await), text);
    let mut stream = client.watch("compaction", Some(WatchOptions::new().with_start_revision(first))).await?;
    loop {
        let answer = timeout(LONG, stream.message()).await.expect("an answer comes")?.expect("the watch says why");
        if answer.canceled() {
            assert_eq!(answer.compact_revision(), now);
            return Ok(());
        }
    }
}
