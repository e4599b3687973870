//! A right history of users, and each of its ways to be wrong.

use std::collections::BTreeSet;

use quorate_proto::{
    authpb::{Permission, permission::Type},
    etcdserverpb::{
        AuthRoleAddRequest, AuthRoleGrantPermissionRequest, AuthRoleRevokePermissionRequest, AuthUserAddRequest,
        AuthUserChangePasswordRequest, AuthUserDeleteRequest, AuthUserGetRequest, AuthUserGrantRoleRequest, AuthenticateRequest,
        LeaseKeepAliveRequest,
    },
};

use super::{
    super::{
        super::{
            history::{Answer, Call, LedgerRevision, Moment, Operation, Outcome},
            model::{
                Model,
                users::{Users, refusal},
            },
            users::{AuthAnswer, AuthCall, By, Counted, Decided, Decision, Shown, Told, UsersHistory, UsersSeen},
        },
        testing::{STEP, bytes, delete, get, grant, leased, put},
    },
    *,
};

/// How long a token lives at least without use, and how long at most.
const TTL: Moment = 10_000_000_000;
const LIFETIME: Moment = 5 * TTL / 4;

/// A run as it is made: what is asked is done on the models, one after the other.
struct Story {
    model: Model,
    users: Users,
    history: History,
    recorded: UsersHistory,
    options: Options,
    clock: Moment,
}

impl Story {
    /// Root, and alice who may read and write `[a, c)`; both have tokens.
    fn new() -> Self {
        let history = History::default();
        // A member that looks at once.
        let lives = vec![Counted::default()];
        let recorded = UsersHistory { token_ttl: TTL, lives, ..UsersHistory::default() };
        let mut story =
            Self { model: Model::default(), users: Users::default(), history, recorded, options: Options::default(), clock: 0 };
        story.set("", add("root", "secret"));
        story.set("", hold("root", "root"));
        story.set("", add("alice", "wonder"));
        story.set("", AuthCall::RoleAdd(AuthRoleAddRequest { name: "r".into() }));
        story.set("", hold("alice", "r"));
        story.set("", permit(Type::Readwrite, "a", "c"));
        story.set("", AuthCall::Enable);
        story.login("root", "secret");
        story.login("alice", "wonder");
        story
    }

    fn token(&self, user: &str) -> Option<String> {
        self.users.tokens.iter().rfind(|(_, token)| token.user == user).map(|(index, _)| format!("letters.{index}"))
    }

    /// An entry of the log, which the ledger follows.
    fn decide(&mut self, by: By, decision: Decision) -> u64 {
        let index = self.recorded.log.len() as u64 + 1;
        self.recorded.log.push(Decided { index, applied: self.clock, by, decision });
        self.recorded.lives[0].0.push((index, self.clock));
        index
    }

    fn record(&mut self, token: Option<String>, applied: u64, call: Call, outcome: Outcome) -> usize {
        let begun = self.clock - STEP;
        self.clock += STEP;
        self.history.operations.push(Operation { client: 1, member: 1, call, begun, ended: self.clock, outcome });
        let index = self.history.operations.len() - 1;
        self.recorded.shown.insert(index, Shown { token, applied, local: begun, life: 0 });
        self.clock += STEP;
        index
    }

    fn begin(&mut self) -> u64 {
        self.clock += 2 * STEP;
        self.recorded.log.len() as u64
    }

    /// A change of users by one of them.
    fn set(&mut self, user: &str, call: AuthCall) -> usize {
        let (applied, token) = (self.begin(), self.token(user));
        let by = self.users.by(token.as_ref().map(|_| user));
        self.decide(by.clone(), Decision::Call(Call::Auth(call.clone())));
        let outcome = match self.users.change(&by, &call) {
            Ok(()) => Outcome::Answered(self.told(Told::Done)),
            Err(text) => Outcome::Refused(text.into()),
        };
        self.record(token, applied, Call::Auth(call), outcome)
    }

    fn told(&self, told: Told) -> Answer {
        let header = Some(quorate_proto::etcdserverpb::ResponseHeader { revision: self.model.revision(), ..Default::default() });
        Answer::Auth(AuthAnswer { header, told })
    }

    fn login(&mut self, user: &str, password: &str) -> usize {
        let applied = self.begin();
        let call = Call::Auth(AuthCall::Authenticate(AuthenticateRequest { name: user.into(), password: password.into() }));
        let outcome = match self.users.password(user, password) {
            Err(text) => Outcome::Refused(text.into()),
            Ok(()) => {
                let revision = self.users.revision;
                let login = Decision::Login { user: user.into(), revision, over: Vec::new() };
                let index = self.decide(By::default(), login);
                self.users.login(index, user, revision, &[]).unwrap();
                Outcome::Answered(self.told(Told::Token(format!("letters.{index}"))))
            }
        };
        self.record(None, applied, call, outcome)
    }

    /// Something about keys or leases.
    fn ask(&mut self, user: &str, call: Call) -> usize {
        let (applied, token) = (self.begin(), self.token(user));
        let by = self.users.by(token.as_ref().map(|_| user));
        let verdict = self.users.may(&by, &call, &|lease| if lease == 0 { Vec::new() } else { self.model.attached(lease) });
        if !matches!(call, Call::Range(_) | Call::LeaseKeepAlive(_)) {
            self.decide(by, Decision::Call(call.clone()));
        }
        let outcome = match verdict.and_then(|()| self.model.apply(&call)) {
            Ok(answer) => Outcome::Answered(answer),
            Err(text) => Outcome::Refused(text.into()),
        };
        self.record(token, applied, call, outcome)
    }

    /// Something that is refused with this text, whatever the rules say.
    fn refused(&mut self, user: &str, call: Call, text: &str) -> usize {
        let (applied, token) = (self.begin(), self.token(user));
        self.record(token, applied, call, Outcome::Refused(text.into()))
    }

    fn rules(mut self) -> BTreeSet<&'static str> {
        self.history.ledger.revisions = self.model.past().revisions().to_vec();
        self.judge()
    }

    fn judge(mut self) -> BTreeSet<&'static str> {
        self.history.users = Some(self.recorded);
        let checked = check(&self.history, &self.options);
        println!("{:?}", checked.findings);
        checked.findings.iter().map(|finding| finding.rule).collect()
    }
}

fn add(name: &str, password: &str) -> AuthCall {
    AuthCall::UserAdd(AuthUserAddRequest { name: name.into(), password: password.into(), ..Default::default() })
}

fn hold(user: &str, role: &str) -> AuthCall {
    AuthCall::UserGrantRole(AuthUserGrantRoleRequest { user: user.into(), role: role.into() })
}

fn permit(kind: Type, key: &str, end: &str) -> AuthCall {
    let perm = Some(Permission { perm_type: kind.into(), key: bytes(key), range_end: bytes(end) });
    AuthCall::RoleGrantPermission(AuthRoleGrantPermissionRequest { name: "r".into(), perm })
}

fn revoke() -> AuthCall {
    AuthCall::RoleRevokePermission(AuthRoleRevokePermissionRequest { role: "r".into(), key: bytes("a"), range_end: bytes("c") })
}

fn password(name: &str, password: &str) -> AuthCall {
    let change = AuthUserChangePasswordRequest { name: name.into(), password: password.into(), ..Default::default() };
    AuthCall::UserChangePassword(change)
}

fn only(rule: &'static str) -> BTreeSet<&'static str> {
    BTreeSet::from([rule])
}

#[test]
fn a_right_history_has_no_findings() {
    let mut story = Story::new();
    story.ask("alice", put("a", "1"));
    story.ask("alice", get("a", "c"));
    story.ask("alice", put("c", "1"));
    story.ask("alice", get("a", "d"));
    story.ask("nobody", get("a", ""));
    story.ask("alice", grant(7, 60));
    story.ask("root", leased("z", "1", 7));
    story.ask("alice", Call::LeaseKeepAlive(LeaseKeepAliveRequest { id: 7 }));
    story.set("alice", add("mallory", "m"));
    story.login("alice", "guess");
    story.set("root", revoke());
    story.ask("alice", get("a", ""));
    story.set("root", password("alice", "new"));
    story.login("alice", "new");
    story.set("root", AuthCall::UserDelete(AuthUserDeleteRequest { name: "alice".into() }));
    story.set("root", AuthCall::Disable);
    story.ask("nobody", delete("a", "z"));
    assert_eq!(story.rules(), BTreeSet::new());
}

#[test]
fn what_is_done_for_somebody_who_may_not_is_found() {
    let mut story = Story::new();
    story.ask("alice", put("x", "1"));
    // The store did it nonetheless.
    let mut done = story.model.clone();
    done.apply(&put("x", "1")).unwrap();
    story.history.ledger.revisions = done.past().revisions().to_vec();
    assert_eq!(story.judge(), only(UNALLOWED));
}

#[test]
fn what_is_granted_and_not_done_is_found() {
    let mut story = Story::new();
    story.ask("alice", put("a", "1"));
    let last: Option<LedgerRevision> = story.history.ledger.revisions.pop();
    assert!(last.is_none());
    assert_eq!(story.judge(), only(LOG));
}

#[test]
fn an_answer_to_somebody_who_may_not_read_is_found() {
    let mut story = Story::new();
    story.ask("root", put("x", "1"));
    let read = story.ask("root", get("x", ""));
    let token = story.token("alice");
    story.recorded.shown.get_mut(&read).unwrap().token = token;
    assert_eq!(story.rules(), only(SERVED));
}

#[test]
fn a_read_by_a_permission_that_was_revoked_before_is_found() {
    let mut story = Story::new();
    story.ask("alice", put("a", "1"));
    let read = story.ask("alice", get("a", ""));
    let (call, outcome) = (story.history.operations[read].call.clone(), story.history.operations[read].outcome.clone());
    story.set("root", revoke());
    let token = story.token("alice");
    // From a member that was behind when it came: what waits for the others may not be answered so.
    let behind = story.begin() - 1;
    let late = story.record(token.clone(), behind, call, outcome.clone());
    assert_eq!(story.rules(), only(SERVED));

    let mut story = Story::new();
    story.ask("alice", put("a", "1"));
    story.set("root", revoke());
    let behind = story.begin() - 1;
    let Call::Range(range) = get("a", "") else { unreachable!() };
    let old = Call::Range(quorate_proto::etcdserverpb::RangeRequest { serializable: true, ..range });
    let again = story.record(token, behind, old, outcome);
    assert_eq!((late, again), (late, late - 1));
    assert_eq!(story.rules(), BTreeSet::new(), "a serializable one may");
}

#[test]
fn a_refusal_without_reason_is_found() {
    for text in [refusal::PERMISSION_DENIED, refusal::OLD_REVISION, refusal::USER_EMPTY] {
        let mut story = Story::new();
        story.refused("alice", put("a", "1"), text);
        assert_eq!(story.rules(), only(DENIED), "{text}");
    }
}

#[test]
fn a_refusal_that_tells_of_keys_is_found() {
    let mut story = Story::new();
    story.refused("alice", get("x", ""), "etcdserver: mvcc: required revision has been compacted");
    assert_eq!(story.rules(), only(DENIED));
}

#[test]
fn a_token_that_is_forgotten_is_found() {
    let mut story = Story::new();
    story.refused("alice", get("a", ""), refusal::INVALID_TOKEN);
    assert_eq!(story.rules(), only(TOKEN));
    let mut story = Story::new();
    let token = story.token("alice");
    story.set("root", password("alice", "new"));
    let applied = story.begin();
    story.record(token, applied, get("a", ""), Outcome::Refused(refusal::INVALID_TOKEN.into()));
    assert_eq!(story.rules(), BTreeSet::new(), "the password was changed");
}

impl Story {
    fn renew(&mut self) {
        let tokens: Vec<u64> = self.users.tokens.keys().copied().collect();
        self.begin();
        let index = self.decide(By::default(), Decision::Renewal { tokens: tokens.clone() });
        self.users.renew(index, &tokens);
    }

    /// A login that names alice's token as one that is over.
    fn forget(&mut self) {
        let (index, token) = self.users.tokens.iter().find(|(_, token)| token.user == "alice").unwrap();
        let (over, revision) = (vec![(*index, token.renewed)], self.users.revision);
        self.begin();
        let login = Decision::Login { user: "root".into(), revision, over: over.clone() };
        let index = self.decide(By::default(), login);
        self.users.login(index, "root", revision, &over).unwrap();
    }
}

#[test]
fn the_time_of_a_token_is_over_when_it_is_and_not_before() {
    let served = |at: Moment, renewed: bool, clock_error_permille: u64, text: Option<&str>| {
        let mut story = Story::new();
        story.options.clock_error_permille = clock_error_permille;
        story.clock = LIFETIME / 2;
        if renewed {
            story.renew();
        }
        story.clock = at;
        match text {
            None => story.ask("alice", get("a", "")),
            Some(text) => story.refused("alice", get("a", ""), text),
        };
        story.rules()
    };
    let (before, after, refused) = (LIFETIME * 3 / 4, LIFETIME * 5 / 4, Some(refusal::INVALID_TOKEN));
    assert_eq!(served(before, false, 0, None), BTreeSet::new());
    assert_eq!(served(before, false, 0, refused), only(TOKEN));
    assert_eq!(served(before, false, 300, refused), BTreeSet::new(), "by a clock that is too fast");
    assert_eq!(served(after, false, 0, None), only(SERVED));
    assert_eq!(served(after, false, 0, refused), BTreeSet::new());
    assert_eq!(served(after, true, 0, None), BTreeSet::new());
    assert_eq!(served(after, true, 0, refused), only(TOKEN));
}

#[test]
fn each_member_counts_from_when_it_looked() {
    let served = |looked: Option<Moment>| {
        let mut story = Story::new();
        let all = story.recorded.log.len() as u64;
        story.recorded.lives.push(Counted(looked.map(|at| (all, at)).into_iter().collect()));
        story.clock = LIFETIME * 3 / 2;
        let read = story.ask("alice", get("a", ""));
        story.recorded.shown.get_mut(&read).unwrap().life = 1;
        story.rules()
    };
    assert_eq!(served(Some(LIFETIME / 4)), only(SERVED));
    assert_eq!(served(Some(LIFETIME)), BTreeSet::new());
    assert_eq!(served(None), BTreeSet::new());
}

#[test]
fn a_token_that_is_forgotten_before_its_time_is_found() {
    for (at, due) in [(LIFETIME / 2, only(TOKEN)), (LIFETIME + TTL / 10, BTreeSet::new())] {
        let mut story = Story::new();
        let token = story.token("alice");
        story.clock = at;
        story.forget();
        let applied = story.begin();
        story.record(token, applied, get("a", ""), Outcome::Refused(refusal::INVALID_TOKEN.into()));
        assert_eq!(story.rules(), due, "{at}");
    }
}

#[test]
fn a_token_in_use_that_is_given_no_time_is_found_where_nothing_goes_wrong() {
    for (calm, last_use, due) in [
        (true, LIFETIME - TTL / 2, only(RENEWED)),
        (true, LIFETIME, BTreeSet::new()),
        (true, TTL / 8, BTreeSet::new()),
        (false, LIFETIME - TTL / 2, BTreeSet::new()),
    ] {
        let mut story = Story::new();
        story.recorded.calm_since = calm.then_some(0);
        story.clock = last_use;
        story.ask("alice", get("a", ""));
        story.clock = LIFETIME + TTL / 20;
        story.refused("alice", get("a", ""), refusal::INVALID_TOKEN);
        assert_eq!(story.rules(), due, "{calm}, used at {last_use}");
    }
}

#[test]
fn a_token_that_counts_no_longer_and_is_served_is_found() {
    let mut story = Story::new();
    let token = story.token("alice");
    story.set("root", password("alice", "new"));
    story.login("alice", "new");
    let read = story.ask("alice", get("a", ""));
    story.recorded.shown.get_mut(&read).unwrap().token = token;
    assert_eq!(story.rules(), only(SERVED));
}

#[test]
fn a_login_by_an_old_password_is_found() {
    let mut story = Story::new();
    story.set("root", password("alice", "new"));
    let login = story.login("alice", "new");
    let Call::Auth(AuthCall::Authenticate(request)) = &mut story.history.operations[login].call else { unreachable!() };
    request.password = "wonder".into();
    assert_eq!(story.rules(), only(LOGIN));
    let mut story = Story::new();
    let name = AuthCall::Authenticate(AuthenticateRequest { name: "alice".into(), password: "wonder".into() });
    story.refused("nobody", Call::Auth(name), refusal::LOGIN_FAILED);
    assert_eq!(story.rules(), only(LOGIN), "the right one refused");
}

#[test]
fn a_change_that_is_answered_and_not_made_is_found() {
    let mut story = Story::new();
    let (applied, told) = (story.begin(), story.told(Told::Done));
    let token = story.token("root");
    story.record(token, applied, Call::Auth(revoke()), Outcome::Answered(told));
    assert_eq!(story.rules(), only(CHANGED));
}

#[test]
fn what_is_told_of_users_and_is_not_so_is_found() {
    for (told, wrong) in [(vec!["r".to_owned()], false), (vec![], true)] {
        let mut story = Story::new();
        let (applied, answer) = (story.begin(), story.told(Told::Names(told)));
        let call = Call::Auth(AuthCall::UserGet(AuthUserGetRequest { name: "alice".into() }));
        let token = story.token("alice");
        story.record(token, applied, call, Outcome::Answered(answer));
        assert_eq!(story.rules(), if wrong { only(CHANGED) } else { BTreeSet::new() });
    }
}

#[test]
fn a_member_that_knows_other_users_is_found() {
    let story = Story::new();
    let timeline = Timeline::of(&story.history, &story.recorded);
    let applied = story.recorded.log.len() as u64;
    let right = Judge::new(&story.history, &story.recorded, &timeline, &story.options).seen_at(1, applied);
    let spoils: [fn(&mut UsersSeen); 6] = [
        |_| {},
        |seen| seen.enabled = false,
        |seen| seen.revision += 1,
        |seen| seen.users.get_mut("alice").unwrap().1.clear(),
        |seen| seen.roles.get_mut("r").unwrap().clear(),
        |seen| seen.tokens.clear(),
    ];
    for (at, spoil) in spoils.into_iter().enumerate() {
        let mut seen = right.clone();
        spoil(&mut seen);
        let mut story = Story::new();
        story.recorded.seen.push(seen);
        assert_eq!(story.rules(), if at == 0 { BTreeSet::new() } else { only(SAME) }, "{at}");
    }
}
