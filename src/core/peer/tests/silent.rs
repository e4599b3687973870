//! Whoever connects and means nothing.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use super::{
    super::limits::{CONNECTIONS_MAX, HALF_OPEN_MAX, SPEAK_WITHIN},
    *,
};

/// What every member says at once: that it speaks HTTP/2, and no settings.
const FIRST_WORDS: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

async fn connect(member: &Member, words: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(member.address).await.unwrap();
    stream.write_all(words).await.unwrap();
    stream
}

/// Whether the other side closes a connection before a time is over.
async fn is_closed_within(stream: &mut TcpStream, within: Duration) -> bool {
    let mut rest = Vec::new();
    timeout(within, stream.read_to_end(&mut rest)).await.is_ok()
}

#[tokio::test]
async fn a_connection_that_does_not_say_in_time_that_it_means_it_is_dropped() {
    let member = Member::start(1).await;
    for words in [&b""[..], &FIRST_WORDS[..10], &FIRST_WORDS[..FIRST_WORDS.len() - 1]] {
        let mut silent = connect(&member, words).await;
        assert!(is_closed_within(&mut silent, SPEAK_WITHIN + DEADLINE).await, "{} bytes of it", words.len());
    }
    // One byte after the other is not enough either.
    let mut slow = connect(&member, b"").await;
    let began = Instant::now();
    for byte in FIRST_WORDS {
        tokio::time::sleep(SPEAK_WITHIN / 20).await;
        if slow.write_all(&[*byte]).await.is_err() || began.elapsed() > SPEAK_WITHIN + DEADLINE {
            break;
        }
    }
    assert!(is_closed_within(&mut slow, DEADLINE).await);
    member.stop().await;
}

#[tokio::test]
async fn connections_that_say_nothing_cost_each_other_their_place_and_no_member() {
    let (one, two) = (Member::start(1).await, Member::start(2).await);
    let mut silent = Vec::new();
    for _ in 0..=HALF_OPEN_MAX {
        silent.push(connect(&one, b"").await);
    }
    let began = Instant::now();
    assert!(is_closed_within(&mut silent[0], DEADLINE).await, "the oldest goes");
    introduce(&[&one, &two]);
    two.connected_to(1).await;
    assert!(began.elapsed() < SPEAK_WITHIN, "long before they have gone by themselves: {:?}", began.elapsed());
    one.stop().await;
    two.stop().await;
}

#[tokio::test]
async fn connections_that_spoke_are_bounded_and_their_places_are_given_again() {
    let (one, two) = (Member::start(1).await, Member::start(2).await);
    let mut open = Vec::new();
    for _ in 0..CONNECTIONS_MAX {
        let mut stream = connect(&one, FIRST_WORDS).await;
        // Its settings show that it was taken.
        let mut answer = [0; 9];
        timeout(DEADLINE, stream.read_exact(&mut answer)).await.unwrap().unwrap();
        open.push(stream);
    }
    let mut surplus = connect(&one, FIRST_WORDS).await;
    let mut answer = Vec::new();
    let ended = timeout(DEADLINE, surplus.read_to_end(&mut answer)).await.expect("it is closed at once");
    assert!(ended.is_err() || answer.is_empty(), "{answer:?}");
    drop(open);
    introduce(&[&one, &two]);
    two.connected_to(1).await;
    one.stop().await;
    two.stop().await;
}
