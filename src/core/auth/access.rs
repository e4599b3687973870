//! Who may do what: every question about permission is answered here.
//!
//! Each check answers at once when authentication is off. The order of refusals is etcd's: nobody, then an old revision, then a
//! permission that is missing. Whoever has the role root passes without a look at keys, and where leases are concerned without one at the
//! revision.

use bytes::Bytes;
use quorate_proto::etcdserverpb::{DeleteRangeRequest, PutRequest, RequestOp, TxnRequest, request_op::Request};

use super::{
    super::{key_range::KeyRange, lease::Lessor, refusal::AuthRefusal},
    AuthStore, ROOT, User,
};

/// On whose behalf a request is made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Author {
    /// The user's name; empty for nobody.
    pub user: String,
    /// Revision of users and roles when the member that took the request knew this user; 0 for nobody.
    pub revision: u64,
}

impl Author {
    /// Whether this is no user.
    pub fn is_nobody(&self) -> bool {
        self.user.is_empty()
    }
}

/// What is to be done with keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Access {
    Read,
    Write,
}

type Verdict = Result<(), AuthRefusal>;

/// A user whose request is looked at.
enum Looked<'a> {
    /// Everything is allowed: authentication is off, or the user has the role root.
    Free,
    /// What the user's roles grant is allowed.
    By(&'a User),
}

impl AuthStore {
    /// Whether the author is some user, any user.
    ///
    /// # Errors
    /// [`AuthRefusal::UserEmpty`].
    pub fn check_somebody(&self, author: &Author) -> Verdict {
        if self.is_enabled() && author.is_nobody() { Err(AuthRefusal::UserEmpty) } else { Ok(()) }
    }

    /// Whether the author may do what only root may.
    ///
    /// # Errors
    /// Nobody, an unknown user, or one without the role root.
    pub fn check_root(&self, author: &Author) -> Verdict {
        if !self.is_enabled() {
            return Ok(());
        }
        if author.is_nobody() {
            return Err(AuthRefusal::UserEmpty);
        }
        let user = self.user(&author.user).ok_or(AuthRefusal::UserNotFound)?;
        if user.has_role(ROOT) { Ok(()) } else { Err(AuthRefusal::PermissionDenied) }
    }

    /// Whether the author may see this user: oneself, or anyone for root. Nobody may ask for the user without a name, whom there is not.
    ///
    /// # Errors
    /// As [`Self::check_root`]. Source of what nobody is told: etcd 3.7.
    pub fn check_user_get(&self, author: &Author, name: &str) -> Verdict {
        match self.check_root(author) {
            Err(_) if author.user == name => Ok(()),
            verdict => verdict,
        }
    }

    /// Whether the author may see this role: one that is held, or any for root.
    ///
    /// # Errors
    /// As [`Self::check_root`].
    pub fn check_role_get(&self, author: &Author, role: &str) -> Verdict {
        match self.check_root(author) {
            Err(_) if self.user(&author.user).is_some_and(|user| user.has_role(role)) => Ok(()),
            verdict => verdict,
        }
    }

    /// Whether the author may read this range, given as it came: a zero byte as its end means everything from the key on.
    ///
    /// # Errors
    /// Nobody, an old revision, or a permission that is missing.
    pub fn check_range(&self, author: &Author, key: &Bytes, range_end: &Bytes) -> Verdict {
        self.look(author)?.may(Access::Read, key, range_end)
    }

    /// Whether the author may put: the key, what is attached to the lease already, and the previous value where it is asked for.
    ///
    /// # Errors
    /// As [`Self::check_range`].
    pub fn check_put(&self, author: &Author, put: &PutRequest, lessor: &Lessor) -> Verdict {
        self.look(author)?.may_put(put, lessor)
    }

    /// Whether the author may delete this range, and see what was there where that is asked for.
    ///
    /// # Errors
    /// As [`Self::check_range`].
    pub fn check_delete(&self, author: &Author, delete: &DeleteRangeRequest) -> Verdict {
        self.look(author)?.may_delete(delete)
    }

    /// Whether the author may do everything that any path through the transaction could do, at every depth.
    ///
    /// # Errors
    /// As [`Self::check_range`].
    pub fn check_txn(&self, author: &Author, txn: &TxnRequest, lessor: &Lessor) -> Verdict {
        match self.look(author) {
            // One that asks nothing of keys needs no permission. Source: etcd 3.7.
            Err(_) if asks_nothing(txn) => Ok(()),
            looked => looked?.may_txn(txn, lessor),
        }
    }

    /// Whether the author may write all keys of a lease, as its end and its renewal need.
    ///
    /// # Errors
    /// As [`Self::check_range`]; root is asked for first, whose revision may be old. Source: etcd 3.7.
    pub fn check_lease_write(&self, author: &Author, lease: i64, lessor: &Lessor) -> Verdict {
        self.check_lease(Access::Write, author, lease, lessor)
    }

    /// Whether the author may read all keys of a lease, as their list needs.
    ///
    /// # Errors
    /// As [`Self::check_lease_write`].
    pub fn check_lease_read(&self, author: &Author, lease: i64, lessor: &Lessor) -> Verdict {
        self.check_lease(Access::Read, author, lease, lessor)
    }

    /// Whether the author may read these keys, which were found attached to a lease.
    ///
    /// # Errors
    /// As [`Self::check_lease_write`].
    pub fn check_attached_read(&self, author: &Author, keys: &[Bytes]) -> Verdict {
        if keys.is_empty() || self.check_root(author).is_ok() {
            return Ok(());
        }
        let looked = self.look(author)?;
        keys.iter().try_for_each(|key| looked.may(Access::Read, key, &Bytes::new()))
    }

    /// Whether what was allowed at this revision of users and roles still counts: they may have changed since.
    ///
    /// # Errors
    /// [`AuthRefusal::OldRevision`].
    pub fn check_still(&self, revision: u64) -> Verdict {
        if revision == self.revision() { Ok(()) } else { Err(AuthRefusal::OldRevision) }
    }

    fn check_lease(&self, access: Access, author: &Author, lease: i64, lessor: &Lessor) -> Verdict {
        self.check_somebody(author)?;
        if !has_keys(lessor, lease) || self.check_root(author).is_ok() {
            return Ok(());
        }
        self.look(author)?.may_all(access, lease, lessor)
    }

    fn look(&self, author: &Author) -> Result<Looked<'_>, AuthRefusal> {
        if !self.is_enabled() {
            return Ok(Looked::Free);
        }
        if author.revision == 0 {
            return Err(AuthRefusal::UserEmpty);
        }
        if author.revision < self.revision() {
            return Err(AuthRefusal::OldRevision);
        }
        let user = self.user(&author.user).ok_or(AuthRefusal::PermissionDenied)?;
        Ok(if user.has_role(ROOT) { Looked::Free } else { Looked::By(user) })
    }
}

impl Looked<'_> {
    fn may(&self, access: Access, key: &Bytes, range_end: &Bytes) -> Verdict {
        let Self::By(user) = self else { return Ok(()) };
        let granted = match access {
            Access::Read => user.readable(),
            Access::Write => user.writable(),
        };
        if granted.cover(&KeyRange::new(key, range_end)) { Ok(()) } else { Err(AuthRefusal::PermissionDenied) }
    }

    fn may_put(&self, put: &PutRequest, lessor: &Lessor) -> Verdict {
        self.may(Access::Write, &put.key, &Bytes::new())?;
        self.may_all(Access::Write, put.lease, lessor)?;
        if put.prev_kv { self.may(Access::Read, &put.key, &Bytes::new()) } else { Ok(()) }
    }

    fn may_delete(&self, delete: &DeleteRangeRequest) -> Verdict {
        self.may(Access::Write, &delete.key, &delete.range_end)?;
        if delete.prev_kv { self.may(Access::Read, &delete.key, &delete.range_end) } else { Ok(()) }
    }

    fn may_txn(&self, txn: &TxnRequest, lessor: &Lessor) -> Verdict {
        if matches!(self, Self::Free) {
            return Ok(());
        }
        for compare in &txn.compare {
            self.may(Access::Read, &compare.key, &compare.range_end)?;
        }
        for op in txn.success.iter().chain(&txn.failure) {
            match &op.request {
                Some(Request::RequestRange(range)) => self.may(Access::Read, &range.key, &range.range_end)?,
                Some(Request::RequestPut(put)) => self.may_put(put, lessor)?,
                Some(Request::RequestDeleteRange(delete)) => self.may_delete(delete)?,
                Some(Request::RequestTxn(nested)) => self.may_txn(nested, lessor)?,
                None => {}
            }
        }
        Ok(())
    }

    fn may_all(&self, access: Access, lease: i64, lessor: &Lessor) -> Verdict {
        if matches!(self, Self::Free) {
            return Ok(());
        }
        let Some(lease) = lessor.get(lease) else { return Ok(()) };
        lease.attached().try_for_each(|key| self.may(access, key, &Bytes::new()))
    }
}

fn has_keys(lessor: &Lessor, lease: i64) -> bool {
    lessor.get(lease).is_some_and(|lease| lease.attached().next().is_some())
}

fn asks_nothing(txn: &TxnRequest) -> bool {
    let empty = |op: &RequestOp| match &op.request {
        Some(Request::RequestTxn(nested)) => asks_nothing(nested),
        Some(_) => false,
        None => true,
    };
    txn.compare.is_empty() && txn.success.iter().all(empty) && txn.failure.iter().all(empty)
}
