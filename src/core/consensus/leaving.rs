//! What a member that was taken out still does for the others.
//!
//! That a change is committed is first known to the leader alone, and a commit index is durable nowhere before the change is applied. When the
//! one that is taken out goes before enough of the others know for good, they still count it: of two members the last one would wait for its
//! vote for ever. So it stays (see [`crate::core::server::Leaving`]), and answers as a member does that others still count. As long as it leads,
//! its heartbeats tell them; otherwise it tells them by asking for a vote that it can't get: the library takes a commit index from such a
//! question, and who knows already refuses the call.

use quorate_proto::peer as wire;
use raft::eraftpb::MessageType;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Leaving {
    was_removed: bool,
    /// Ticks since others were told.
    waited: usize,
}

impl Leaving {
    /// The change that takes this member out is applied here.
    pub fn removed(&mut self) {
        self.was_removed = true;
    }

    /// One more tick without leading. Answers whether others are to be told now: every `election_ticks`.
    pub fn tells(&mut self, election_ticks: usize) -> bool {
        self.waited += usize::from(self.was_removed);
        let tells = self.waited >= election_ticks;
        if tells {
            self.waited = 0;
        }
        tells
    }
}

/// What a member that was taken out tells the others, as far as it does not depend on to whom. `commit`: index and term.
pub(super) fn news(id: u64, term: u64, commit: (u64, u64)) -> wire::Message {
    wire::Message {
        r#type: MessageType::MsgRequestPreVote as i32,
        from: id,
        term,
        commit: commit.0,
        commit_term: commit.1,
        // An empty log gets no vote.
        index: 0,
        log_term: 0,
        ..wire::Message::default()
    }
}
