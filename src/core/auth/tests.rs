//! What users may do and what changes of users do, stated as facts.

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use quorate_proto::{
    authpb::{Permission, UserAddOptions, permission::Type},
    etcdserverpb::{
        AuthDisableRequest, AuthEnableRequest, AuthRoleAddRequest, AuthRoleDeleteRequest, AuthRoleGrantPermissionRequest,
        AuthRoleRevokePermissionRequest, AuthUserAddRequest, AuthUserChangePasswordRequest, AuthUserDeleteRequest,
        AuthUserGrantRoleRequest, AuthUserRevokeRoleRequest, Compare, DeleteRangeRequest, PutRequest, RangeRequest, RequestOp,
        TxnRequest, request_op::Request,
    },
};

use super::*;
use crate::core::{
    backend::{Durable, Generation, MemoryStore, Table},
    lease::Lessor,
    refusal::AuthRefusal,
    revision::Revision,
};

/// A store that is asked as anyone.
struct World {
    store: AuthStore,
    lessor: Lessor,
    out: Generation,
    index: u64,
}

impl World {
    fn empty() -> Self {
        Self { store: AuthStore::default(), lessor: Lessor::default(), out: Generation::default(), index: 0 }
    }

    /// Root, and alice with the role `r`, which has the grants given; authentication is on.
    fn with(grants: &[(Type, &str, &str)]) -> Self {
        let mut world = Self::empty();
        for name in ["root", "alice", "bob"] {
            world.done(AuthCommand::UserAdd(add_user(name)));
        }
        world.done(AuthCommand::RoleAdd(AuthRoleAddRequest { name: "r".into() }));
        world.grant_role("root", "root").unwrap();
        world.grant_role("alice", "r").unwrap();
        for (kind, key, range_end) in grants {
            world.grant("r", *kind, key, range_end).unwrap();
        }
        world.done(AuthCommand::Enable(AuthEnableRequest {}));
        world
    }

    fn author(&self, user: &str) -> Author {
        Author { user: user.into(), revision: self.store.revision() }
    }

    fn as_user(&mut self, user: &str, command: AuthCommand) -> Result<(), AuthRefusal> {
        self.index += 1;
        let author = if user.is_empty() { Author::default() } else { self.author(user) };
        self.store.apply(&command, &author, self.index, &self.out)
    }

    fn done(&mut self, command: AuthCommand) {
        self.as_user("root", command).unwrap();
    }

    fn grant(&mut self, role: &str, kind: Type, key: &str, range_end: &str) -> Result<(), AuthRefusal> {
        let (key, range_end) = (Bytes::from(key.to_owned()), Bytes::from(range_end.to_owned()));
        let perm = Some(Permission { perm_type: kind.into(), key, range_end });
        self.as_user("root", AuthCommand::RoleGrantPermission(AuthRoleGrantPermissionRequest { name: role.into(), perm }))
    }

    fn grant_role(&mut self, user: &str, role: &str) -> Result<(), AuthRefusal> {
        self.as_user("root", AuthCommand::UserGrantRole(AuthUserGrantRoleRequest { user: user.into(), role: role.into() }))
    }

    fn revoke_role(&mut self, user: &str, role: &str) -> Result<(), AuthRefusal> {
        self.as_user("root", AuthCommand::UserRevokeRole(AuthUserRevokeRoleRequest { name: user.into(), role: role.into() }))
    }

    fn reads(&self, key: &str, range_end: &str) -> bool {
        let (key, range_end) = (Bytes::from(key.to_owned()), Bytes::from(range_end.to_owned()));
        self.store.check_range(&self.author("alice"), &key, &range_end).is_ok()
    }

    fn puts(&self, put: &PutRequest) -> bool {
        self.store.check_put(&self.author("alice"), put, &self.lessor).is_ok()
    }

    fn runs(&self, txn: &TxnRequest) -> bool {
        self.store.check_txn(&self.author("alice"), txn, &self.lessor).is_ok()
    }

    fn login(&mut self, user: &str, letter: u8) -> Result<(), AuthRefusal> {
        let revision = self.store.revision();
        let digest = Bytes::copy_from_slice(&[letter; 32]);
        let issue = TokenIssue { user: user.into(), digest, revision, over: Vec::new() };
        self.as_user("", AuthCommand::TokenIssue(issue))
    }

    /// What is left after everything was written down and read again.
    fn restarted(&self) -> AuthStore {
        let disk = MemoryStore::default();
        disk.commit(&mut |batch| {
            for ((table, key), value) in self.out.small().iter() {
                match value {
                    Some(value) => batch.put(*table, key, value)?,
                    None => batch.delete(*table, key)?,
                }
            }
            Ok(())
        })
        .unwrap();
        AuthStore::load(disk.read().unwrap().as_ref()).unwrap()
    }
}

fn add_user(name: &str) -> AuthUserAddRequest {
    let hashed_password = BASE64_STANDARD.encode(format!("hash of {name}"));
    AuthUserAddRequest { name: name.into(), hashed_password, ..Default::default() }
}

fn put(key: &str) -> PutRequest {
    PutRequest { key: key.to_owned().into(), ..Default::default() }
}

fn op(request: Request) -> RequestOp {
    RequestOp { request: Some(request) }
}

fn nested(depth: usize, inner: Request) -> TxnRequest {
    let mut txn = TxnRequest { success: vec![op(inner)], ..Default::default() };
    for _ in 0..depth {
        txn = TxnRequest { failure: vec![op(Request::RequestTxn(txn))], ..Default::default() };
    }
    txn
}

#[test]
fn everything_is_allowed_to_everyone_while_authentication_is_off() {
    let world = World::empty();
    let nobody = Author::default();
    assert_eq!(world.store.check_root(&nobody), Ok(()));
    assert_eq!(world.store.check_somebody(&nobody), Ok(()));
    assert_eq!(world.store.check_range(&nobody, &"a".into(), &"\0".into()), Ok(()));
    assert_eq!(world.store.check_put(&nobody, &put("a"), &world.lessor), Ok(()));
    assert_eq!(world.store.revision(), 1);
}

#[test]
fn authentication_needs_root_with_the_role_root() {
    let mut world = World::empty();
    let enable = || AuthCommand::Enable(AuthEnableRequest {});
    assert_eq!(world.as_user("", enable()), Err(AuthRefusal::RootUserNotExist));
    world.as_user("", AuthCommand::UserAdd(add_user("root"))).unwrap();
    assert_eq!(world.as_user("", enable()), Err(AuthRefusal::RootRoleNotExist));
    world.grant_role("root", "root").unwrap();
    let revision = world.store.revision();
    assert_eq!(world.as_user("", enable()), Ok(()));
    assert_eq!(world.as_user("root", enable()), Ok(()), "again");
    assert_eq!(world.as_user("", enable()), Err(AuthRefusal::UserEmpty), "now it takes root");
    assert_eq!(world.store.revision(), revision, "enabling is no change of users");
    world.done(AuthCommand::Disable(AuthDisableRequest {}));
    assert_eq!(world.store.revision(), revision + 1);
    world.as_user("", AuthCommand::Disable(AuthDisableRequest {})).unwrap();
    assert_eq!(world.store.revision(), revision + 1, "it was off");
}

#[test]
fn refusals_come_in_order_nobody_old_revision_unknown_user_permission() {
    let world = World::with(&[]);
    let check = |user: &str, revision: u64| {
        let author = Author { user: user.into(), revision };
        world.store.check_range(&author, &"a".into(), &Bytes::new())
    };
    let now = world.store.revision();
    assert_eq!(check("", 0), Err(AuthRefusal::UserEmpty));
    assert_eq!(check("nosuch", now - 1), Err(AuthRefusal::OldRevision));
    assert_eq!(check("nosuch", now), Err(AuthRefusal::PermissionDenied));
    assert_eq!(check("alice", now), Err(AuthRefusal::PermissionDenied));
    assert_eq!(check("root", now - 1), Err(AuthRefusal::OldRevision), "root too");
    assert_eq!(check("root", now), Ok(()));
    let root = |user: &str| world.store.check_root(&Author { user: user.into(), revision: 1 });
    assert_eq!(root(""), Err(AuthRefusal::UserEmpty));
    assert_eq!(root("nosuch"), Err(AuthRefusal::UserNotFound));
    assert_eq!(root("alice"), Err(AuthRefusal::PermissionDenied));
    assert_eq!(root("root"), Ok(()), "an old revision does not matter here");
}

#[test]
fn reading_and_writing_are_granted_apart_and_roles_add_up() {
    let mut world = World::with(&[(Type::Read, "a", "c"), (Type::Write, "x", ""), (Type::Readwrite, "k", "\0")]);
    assert!(world.reads("a", "c") && !world.reads("a", "d") && !world.puts(&put("a")));
    assert!(world.puts(&put("x")) && world.reads("x", ""), "x is behind k");
    assert!(!world.reads("c", ""));
    world.done(AuthCommand::RoleAdd(AuthRoleAddRequest { name: "s".into() }));
    world.grant("s", Type::Read, "c", "k").unwrap();
    assert!(!world.reads("a", "\0"));
    world.grant_role("alice", "s").unwrap();
    assert!(world.reads("a", "\0"), "three grants of two roles touch");
    world.grant("s", Type::Write, "c", "k").unwrap();
    assert!(!world.reads("c", "k"), "the same range has the new kind alone");
    world.done(AuthCommand::RoleDelete(AuthRoleDeleteRequest { role: "r".into() }));
    assert!(!world.reads("k", "") && world.puts(&put("c")));
    assert_eq!(world.store.user("alice").unwrap().roles(), ["s"]);
}

#[test]
fn a_previous_value_needs_the_right_to_read() {
    let world = World::with(&[(Type::Write, "w", "")]);
    assert!(world.puts(&put("w")));
    assert!(!world.puts(&PutRequest { prev_kv: true, ..put("w") }));
    let delete = DeleteRangeRequest { key: "w".into(), ..Default::default() };
    let check = |delete: &DeleteRangeRequest| world.store.check_delete(&world.author("alice"), delete);
    assert_eq!(check(&delete), Ok(()));
    assert_eq!(check(&DeleteRangeRequest { prev_kv: true, ..delete }), Err(AuthRefusal::PermissionDenied));
}

#[test]
fn nested_operations_are_looked_at_in_both_branches_at_every_depth() {
    let world = World::with(&[(Type::Readwrite, "a", "b"), (Type::Write, "w", "")]);
    for depth in 0..4 {
        assert!(world.runs(&nested(depth, Request::RequestPut(put("a")))));
        assert!(!world.runs(&nested(depth, Request::RequestPut(put("z")))));
        assert!(!world.runs(&nested(depth, Request::RequestPut(PutRequest { prev_kv: true, ..put("w") }))));
        let range = RangeRequest { key: "a".into(), range_end: "\0".into(), ..Default::default() };
        assert!(!world.runs(&nested(depth, Request::RequestRange(range))));
        let delete = DeleteRangeRequest { key: "w".into(), prev_kv: true, ..Default::default() };
        assert!(!world.runs(&nested(depth, Request::RequestDeleteRange(delete))));
    }
    let compare = Compare { key: "a".into(), range_end: "\0".into(), ..Default::default() };
    assert!(!world.runs(&TxnRequest { compare: vec![compare], ..Default::default() }), "a compare reads its range");
    assert!(world.runs(&TxnRequest::default()));
}

#[test]
fn a_put_with_a_lease_needs_the_right_to_write_all_of_its_keys() {
    let mut world = World::with(&[(Type::Readwrite, "a", "b")]);
    world.lessor.grant(7, 60, &world.out);
    let leased = PutRequest { lease: 7, ..put("a") };
    assert!(world.puts(&leased), "nothing is attached yet");
    world.lessor.attach(7, &"z".into(), Revision::new(2, 0), &world.out);
    assert!(!world.puts(&leased), "its end would delete z");
    assert!(!world.runs(&nested(2, Request::RequestPut(leased.clone()))));
    let (alice, root) = (world.author("alice"), world.author("root"));
    assert_eq!(world.store.check_lease_write(&alice, 7, &world.lessor), Err(AuthRefusal::PermissionDenied));
    assert_eq!(world.store.check_lease_read(&alice, 7, &world.lessor), Err(AuthRefusal::PermissionDenied));
    assert_eq!(world.store.check_lease_write(&root, 7, &world.lessor), Ok(()));
    assert_eq!(world.store.check_lease_write(&Author::default(), 8, &world.lessor), Err(AuthRefusal::UserEmpty));
    assert_eq!(world.store.check_put(&root, &leased, &world.lessor), Ok(()));
}

/// Else the lease of a client that renews it with a signed token would end when somebody else adds a role.
#[test]
fn root_is_asked_for_before_the_revision_where_a_lease_is_concerned() {
    let mut world = World::with(&[(Type::Readwrite, "a", "b")]);
    world.lessor.grant(7, 60, &world.out);
    world.lessor.attach(7, &"a".into(), Revision::new(2, 0), &world.out);
    world.lessor.grant(8, 60, &world.out);
    let now = world.store.revision();
    let check = |user: &str, revision: u64, lease: i64| {
        let author = Author { user: user.into(), revision };
        let write = world.store.check_lease_write(&author, lease, &world.lessor);
        assert_eq!(write, world.store.check_lease_read(&author, lease, &world.lessor));
        if lease == 7 {
            assert_eq!(write, world.store.check_attached_read(&author, &["a".into()]));
        }
        write
    };
    for old in [0, now - 1, now + 1] {
        assert_eq!(check("root", old, 7), Ok(()), "{old} of {now}");
    }
    assert_eq!(check("alice", now - 1, 7), Err(AuthRefusal::OldRevision));
    assert_eq!(check("alice", 0, 7), Err(AuthRefusal::UserEmpty));
    assert_eq!(check("alice", now + 1, 7), Ok(()));
    assert_eq!(check("bob", now, 7), Err(AuthRefusal::PermissionDenied));
    assert_eq!(check("nosuch", now - 1, 8), Ok(()), "nothing hangs on it");
    let nobody = Author::default();
    assert_eq!(world.store.check_attached_read(&nobody, &[]), Ok(()));
    assert_eq!(world.store.check_attached_read(&nobody, &["a".into()]), Err(AuthRefusal::UserEmpty));
}

#[test]
fn a_read_of_one_key_is_no_read_of_everything_behind_it() {
    let world = World::with(&[(Type::Read, "k", "")]);
    assert!(world.reads("k", "") && !world.reads("k", "\0") && !world.reads("k", "k\0\0"));
}

#[test]
fn users_and_roles_are_seen_by_root_and_those_whom_they_concern() {
    let world = World::with(&[]);
    let (alice, nobody) = (world.author("alice"), Author::default());
    assert_eq!(world.store.check_user_get(&alice, "alice"), Ok(()));
    assert_eq!(world.store.check_user_get(&alice, "bob"), Err(AuthRefusal::PermissionDenied));
    assert_eq!(world.store.check_user_get(&nobody, "alice"), Err(AuthRefusal::UserEmpty));
    assert_eq!(world.store.check_user_get(&nobody, ""), Ok(()), "as in etcd: there is no such user, and that is the answer");
    assert_eq!(world.store.check_role_get(&alice, "r"), Ok(()));
    assert_eq!(world.store.check_role_get(&alice, "s"), Err(AuthRefusal::PermissionDenied));
    assert_eq!(world.store.check_role_get(&nobody, "r"), Err(AuthRefusal::UserEmpty));
}

#[test]
fn nobody_takes_root_away_while_authentication_is_on() {
    let mut world = World::with(&[]);
    let delete_user = || AuthCommand::UserDelete(AuthUserDeleteRequest { name: "root".into() });
    let delete_role = || AuthCommand::RoleDelete(AuthRoleDeleteRequest { role: "root".into() });
    assert_eq!(world.as_user("root", delete_user()), Err(AuthRefusal::InvalidManagement));
    assert_eq!(world.as_user("root", delete_role()), Err(AuthRefusal::InvalidManagement));
    assert_eq!(world.revoke_role("root", "root"), Err(AuthRefusal::InvalidManagement));
    world.done(AuthCommand::Disable(AuthDisableRequest {}));
    assert_eq!(world.revoke_role("root", "root"), Ok(()));
    assert_eq!(world.as_user("", delete_user()), Ok(()));
}

#[test]
fn grants_of_empty_ranges_are_refused() {
    let mut world = World::with(&[]);
    for (key, range_end) in [("", ""), ("", "\0"), ("b", "a"), ("b", "b")] {
        assert_eq!(world.grant("r", Type::Read, key, range_end), Err(AuthRefusal::InvalidManagement), "{key} {range_end}");
    }
    let none = AuthRoleGrantPermissionRequest { name: "r".into(), perm: None };
    assert_eq!(world.as_user("root", AuthCommand::RoleGrantPermission(none)), Err(AuthRefusal::PermissionNotGiven));
    assert_eq!(world.grant("nosuch", Type::Read, "a", ""), Err(AuthRefusal::RoleNotFound));
    let revoke = AuthRoleRevokePermissionRequest { role: "r".into(), key: "a".into(), range_end: Bytes::new() };
    assert_eq!(world.as_user("root", AuthCommand::RoleRevokePermission(revoke)), Err(AuthRefusal::PermissionNotGranted));
}

/// A grant is looked for as etcd looks for it, so that roles look the same, and count the same, wherever they were made.
#[test]
fn of_grants_that_begin_with_one_key_the_first_alone_is_changed_by_another() {
    let mut world = World::with(&[(Type::Read, "a", "")]);
    world.grant("r", Type::Readwrite, "a", "").unwrap();
    world.grant("r", Type::Readwrite, "a", "c").unwrap();
    world.grant("r", Type::Read, "a", "c").unwrap();
    let held = |world: &World| {
        let role = world.store.role("r").unwrap();
        role.key_permission.iter().map(|held| (held.perm_type(), held.range_end.clone())).collect::<Vec<_>>()
    };
    assert_eq!(
        held(&world),
        [(Type::Readwrite, Bytes::new()), (Type::Readwrite, Bytes::from("c")), (Type::Read, Bytes::from("c"))]
    );
    let revoke = AuthRoleRevokePermissionRequest { role: "r".into(), key: "a".into(), range_end: "c".into() };
    world.done(AuthCommand::RoleRevokePermission(revoke));
    assert_eq!(held(&world), [(Type::Readwrite, Bytes::new())], "all of them");
}

#[test]
fn a_change_moves_the_revision_by_one_and_a_refusal_by_none() {
    let mut world = World::with(&[]);
    let before = world.store.revision();
    assert_eq!(world.grant_role("alice", "r"), Ok(()), "held already");
    assert_eq!(world.grant_role("alice", "nosuch"), Err(AuthRefusal::RoleNotFound));
    assert_eq!(world.revoke_role("bob", "r"), Err(AuthRefusal::RoleNotGranted));
    assert_eq!(world.as_user("root", AuthCommand::UserAdd(add_user("bob"))), Err(AuthRefusal::UserExists));
    assert_eq!(world.as_user("alice", AuthCommand::UserAdd(add_user("eve"))), Err(AuthRefusal::PermissionDenied));
    assert_eq!(world.store.revision(), before);
    world.grant_role("bob", "r").unwrap();
    assert_eq!(world.store.revision(), before + 1);
}

#[test]
fn a_user_without_password_keeps_none() {
    let mut world = World::with(&[]);
    let options = Some(UserAddOptions { no_password: true });
    world.done(AuthCommand::UserAdd(AuthUserAddRequest { options, ..add_user("cert") }));
    let hashed_password = BASE64_STANDARD.encode("hash");
    let change = AuthUserChangePasswordRequest { name: "cert".into(), hashed_password, ..Default::default() };
    world.done(AuthCommand::UserChangePassword(change));
    let user = world.store.user("cert").unwrap();
    assert!(user.has_no_password() && user.password_hash().is_empty());
}

#[test]
fn tokens_end_with_their_user_a_new_password_and_authentication() {
    let mut world = World::with(&[]);
    for (user, letter) in [("root", 5), ("alice", 6), ("bob", 7)] {
        world.login(user, letter).unwrap();
    }
    assert_eq!(world.store.tokens().len(), 3);
    let change = AuthUserChangePasswordRequest { name: "alice".into(), ..Default::default() };
    world.done(AuthCommand::UserChangePassword(change));
    assert!(world.store.tokens().get(&[6; 32]).is_none() && world.store.tokens().get(&[7; 32]).is_some());
    world.done(AuthCommand::UserDelete(AuthUserDeleteRequest { name: "bob".into() }));
    assert!(world.store.tokens().get(&[7; 32]).is_none());
    world.grant("r", Type::Read, "a", "").unwrap();
    assert_eq!(world.store.tokens().len(), 1, "roles have nothing to do with it");
    world.done(AuthCommand::Disable(AuthDisableRequest {}));
    assert!(world.store.tokens().is_empty() && world.restarted().tokens().is_empty());
    assert_eq!(world.login("alice", 9), Err(AuthRefusal::NotEnabled));
}

#[test]
fn a_login_is_refused_when_users_changed_after_the_password_was_looked_at() {
    let mut world = World::with(&[]);
    let revision = world.store.revision();
    world.grant_role("bob", "r").unwrap();
    let digest = Bytes::copy_from_slice(&[1; 32]);
    let issue = TokenIssue { user: "alice".into(), digest, revision, ..Default::default() };
    assert_eq!(world.as_user("", AuthCommand::TokenIssue(issue)), Err(AuthRefusal::OldRevision));
}

#[test]
fn a_renewal_gives_a_token_time_and_makes_none() {
    let mut world = World::with(&[]);
    world.login("alice", 1).unwrap();
    let made = world.store.tokens().get(&[1; 32]).unwrap().clone();
    assert_eq!(made.renewed, made.index);
    let digests = [1, 2].map(|letter| Bytes::copy_from_slice(&[letter; 32])).to_vec();
    world.as_user("", AuthCommand::TokenRenew(TokenRenewal { digests })).unwrap();
    let renewed = world.store.tokens().get(&[1; 32]).unwrap().clone();
    assert_eq!((renewed.index, renewed.renewed), (made.index, made.index + 1));
    assert_eq!(world.store.tokens().len(), 1);
    assert_eq!(world.restarted().tokens().get(&[1; 32]), Some(&renewed));
}

#[test]
fn a_login_forgets_what_is_over_and_was_given_no_time_since() {
    let mut world = World::with(&[]);
    for letter in 1..=3 {
        world.login("alice", letter).unwrap();
    }
    let over = |world: &World, letter: u8| {
        let renewed = world.store.tokens().get(&[letter; 32]).unwrap().renewed;
        TokenOver { digest: Bytes::copy_from_slice(&[letter; 32]), renewed }
    };
    let over = vec![over(&world, 1), over(&world, 2), TokenOver { digest: "no digest".into(), renewed: 0 }];
    let digests = vec![Bytes::copy_from_slice(&[2; 32])];
    world.as_user("", AuthCommand::TokenRenew(TokenRenewal { digests })).unwrap();
    let (digest, revision) = (Bytes::copy_from_slice(&[4; 32]), world.store.revision());
    world.as_user("", AuthCommand::TokenIssue(TokenIssue { user: "bob".into(), digest, revision, over })).unwrap();
    let held = (1..=4).filter(|letter| world.store.tokens().get(&[*letter; 32]).is_some());
    assert_eq!(held.collect::<Vec<u8>>(), [2, 3, 4]);
}

#[test]
fn a_user_has_so_many_tokens_and_no_more() {
    let mut world = World::with(&[]);
    let revision = world.store.revision();
    for number in 0..TOKENS_OF_USER_MAX as u64 + 10 {
        let mut digest = [0; 32];
        digest[..8].copy_from_slice(&number.to_be_bytes());
        let digest = Bytes::copy_from_slice(&digest);
        let issue = TokenIssue { user: "alice".into(), digest, revision, over: Vec::new() };
        world.as_user("", AuthCommand::TokenIssue(issue)).unwrap();
    }
    assert_eq!(world.store.tokens().len(), TOKENS_OF_USER_MAX);
    assert!(world.store.tokens().get(&[0; 32]).is_none(), "the oldest one has gone");
}

#[test]
fn everything_is_there_after_a_restart() {
    let mut world = World::with(&[(Type::Read, "a", "b")]);
    world.login("alice", 1).unwrap();
    world.done(AuthCommand::UserAdd(add_user(&"long".repeat(1000))));
    world.done(AuthCommand::UserDelete(AuthUserDeleteRequest { name: "bob".into() }));
    let again = world.restarted();
    assert_eq!(format!("{:?}", again.tokens()), format!("{:?}", world.store.tokens()));
    assert_eq!((again.is_enabled(), again.revision()), (true, world.store.revision()));
    let names = |store: &AuthStore| store.users().map(|user| user.name().to_owned()).collect::<Vec<_>>();
    assert_eq!(names(&again), names(&world.store));
    assert_eq!(again.role("r"), world.store.role("r"));
    assert_eq!(again.user("alice").unwrap().password_hash(), b"hash of alice");
    let small = world.out.small();
    let rows = small.iter().filter(|((table, _), value)| *table == Table::User && value.is_some()).count();
    assert_eq!(rows, 3);
}
