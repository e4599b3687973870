//! What a user with a password does over mutual TLS.
//!
//! Arguments: the server's address, the files of its authority and of the certificate and key to show, the user's name and password.
//! The user may read and write what begins with `app/`; lease 4711 holds a key elsewhere.

use std::fs;

use etcd_client::{
    Certificate, Client, ConnectOptions, EventType, GetOptions, Identity, LeaseTimeToLiveOptions, LockOptions, PutOptions,
    TlsOptions, Txn, TxnOp, WatchOptions, WatchStream,
};
use tokio::time::timeout;

use super::{LONG, Result, ask, put_surely, words};

const DENIED: &str = "etcdserver: permission denied";
/// The lease that holds a key which is not the user's.
const ELSEWHERE: i64 = 4711;

pub async fn hold(arguments: &[String]) -> Result<()> {
    let [address, ca, cert, key, user, password] = arguments else { panic!("six arguments, and not {arguments:?}") };
    let read = |path: &String| fs::read(path).expect("the file can be read");
    let tls = TlsOptions::new()
        .ca_certificate(Certificate::from_pem(read(ca)))
        .identity(Identity::from_pem(read(cert), read(key)));
    let connect = async |password: &str| {
        let options = ConnectOptions::new().with_tls(tls.clone()).with_user(user, password).with_auto_token_refresh(true);
        Client::connect([format!("https://{address}")], Some(options)).await
    };
    assert_eq!(words(connect("guess").await), "etcdserver: authentication failed, invalid user ID or password");
    let mut client = connect(password).await?;
    keys(&mut client).await?;
    leases(&mut client).await?;
    locks(&mut client).await?;
    tokens(&mut client).await
}

async fn keys(client: &mut Client) -> Result<()> {
    client.put("app/a", "1", None).await?;
    let all = client.get("app/", Some(GetOptions::new().with_prefix())).await?;
    assert_eq!((all.count(), all.kvs()[0].value()), (1, &b"1"[..]));
    let inside = || TxnOp::put("app/b", "2", None);
    assert!(client.txn(Txn::new().and_then([inside()])).await?.succeeded());
    assert_eq!(client.delete("app/b", None).await?.deleted(), 1);
    assert_eq!(words(client.put("other/a", "1", None).await), DENIED);
    assert_eq!(words(client.get("other/a", None).await), DENIED);
    assert_eq!(words(client.get("", Some(GetOptions::new().with_all_keys())).await), DENIED);
    assert_eq!(words(client.delete("other/a", None).await), DENIED);
    let partly = Txn::new().and_then([inside()]).or_else([TxnOp::get("other/a", None)]);
    assert_eq!(words(client.txn(partly).await), DENIED);
    assert_eq!(words(client.compact(1, None).await), DENIED);
    assert_eq!(words(client.user_list().await), DENIED);
    Ok(())
}

async fn leases(client: &mut Client) -> Result<()> {
    let id = client.lease_grant(60, None).await?.id();
    client.put("app/leased", "", Some(PutOptions::new().with_lease(id))).await?;
    let (mut keeper, mut answers) = client.lease_keep_alive(id).await?;
    keeper.keep_alive().await?;
    assert_eq!(answers.message().await?.expect("an answer").ttl(), 60);
    let keys = LeaseTimeToLiveOptions::new().with_keys();
    assert_eq!(client.lease_time_to_live(id, Some(keys.clone())).await?.keys(), [b"app/leased"]);
    client.lease_revoke(id).await?;
    assert_eq!(client.get("app/leased", None).await?.count(), 0);
    assert_eq!(words(client.lease_time_to_live(ELSEWHERE, Some(keys)).await), DENIED);
    assert_eq!(words(client.lease_revoke(ELSEWHERE).await), DENIED);
    assert_eq!(words(client.lease_keep_alive(ELSEWHERE).await), DENIED);
    Ok(())
}

async fn locks(client: &mut Client) -> Result<()> {
    let id = client.lease_grant(60, None).await?.id();
    let own = || Some(LockOptions::new().with_lease(id));
    let held = client.lock("app/lock", own()).await?;
    assert_eq!(held.key(), format!("app/lock/{id:x}").as_bytes());
    client.unlock(held.key()).await?;
    assert_eq!(words(client.lock("other/lock", own()).await), DENIED);
    let won = client.campaign("app/chair", "me", id).await?;
    assert_eq!(client.leader("app/chair").await?.kv().expect("a leader").value(), b"me");
    let resign = etcd_client::ResignOptions::new().with_leader(won.leader().expect("a key").clone());
    client.resign(Some(resign)).await?;
    assert_eq!(words(client.campaign("other/chair", "me", id).await), DENIED);
    client.lease_revoke(id).await?;
    Ok(())
}

/// The next put that a watch tells.
async fn told(watch: &mut WatchStream) -> Vec<u8> {
    loop {
        let answer = timeout(LONG, watch.message()).await.expect("an answer comes").expect("no error").expect("the watch goes on");
        if let Some(event) = answer.events().first() {
            assert_eq!(event.event_type(), EventType::Put);
            return event.kv().expect("a key").value().to_vec();
        }
    }
}

/// Tokens that end are replaced by the library; those that outlive a restart are not. A watch outlives its token, but no connection.
async fn tokens(client: &mut Client) -> Result<()> {
    let mut elsewhere = client.watch("other/", Some(WatchOptions::new().with_prefix())).await?;
    let answer = timeout(LONG, elsewhere.message()).await.expect("an answer comes")?.expect("an answer");
    assert!(answer.canceled() && answer.cancel_reason().ends_with(DENIED), "{answer:?}");

    let logins = || ask("LOGINS").parse::<u32>().expect("a number");
    let mut watch = client.watch("app/followed", None).await?;
    client.put("app/followed", "first", None).await?;
    assert_eq!(told(&mut watch).await, b"first");
    let before = logins();
    ask("DROP");
    client.put("app/followed", "with a new token", None).await?;
    assert_eq!(told(&mut watch).await, b"with a new token");
    assert_eq!(logins(), before + 1);
    ask("RESTART");
    put_surely(client, "app/followed".into(), "with the same token".into()).await?;
    assert_eq!(logins(), before + 1);
    assert_eq!(words(client.put("other/a", "x", None).await), DENIED);
    Ok(())
}
