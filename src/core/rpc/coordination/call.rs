//! A call that leaves something behind unless its answer arrives.

use tokio::sync::oneshot;
use tonic::Status;

/// Tells the work of a call when nobody waits for the answer any more.
pub struct Client<T>(oneshot::Sender<Result<T, Status>>);

impl<T> Client<T> {
    /// Runs `work` unless the client goes first. May be called again.
    pub async fn unless_gone<W>(&mut self, work: impl Future<Output = W>) -> Option<W> {
        tokio::select! {
            biased;
            () = self.0.closed() => None,
            done = work => Some(done),
        }
    }

    /// Hands over the answer; whether somebody was there to take it.
    pub fn answer(self, answer: Result<T, Status>) -> bool {
        self.0.send(answer).is_ok()
    }
}

/// Runs the work of a call on a task of its own, so that it sees its client go and can clear up.
///
/// # Errors
/// Those of the work; a panic of it is an internal error.
pub async fn attended<T, Fut>(work: impl FnOnce(Client<T>) -> Fut) -> Result<T, Status>
where
    Fut: Future<Output = ()> + Send + 'static,
{
    let (sender, answer) = oneshot::channel();
    tokio::spawn(work(Client(sender)));
    answer.await.unwrap_or_else(|_| Err(Status::internal("quorate: the call ended without an answer")))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn work_learns_that_its_client_has_gone_and_goes_on_to_clear_up() {
        let (cleared, seen) = oneshot::channel();
        let call = attended::<(), _>(|mut client| async move {
            assert!(client.unless_gone(std::future::pending::<()>()).await.is_none());
            assert!(!client.answer(Ok(())), "nobody is there");
            cleared.send(()).unwrap();
        });
        assert!(tokio::time::timeout(Duration::from_millis(1), call).await.is_err(), "the call is dropped here");
        seen.await.unwrap();
    }

    #[tokio::test]
    async fn an_answer_reaches_a_client_that_waits() {
        let answer = attended(|mut client| async move {
            let done = client.unless_gone(async { 7 }).await.unwrap();
            assert!(client.answer(Ok(done)));
        });
        assert_eq!(answer.await.unwrap(), 7);
    }
}
