//! Following a plan: look, plan the next step, take it, look again, until nothing is left to do or time is over.
//!
//! Nothing is remembered between runs, so an interruption at any point does no harm: the next run sees how far the last one
//! came. A request whose answer is lost is not sent again blindly; the next look shows whether it took effect. Results go to
//! stdout, a line or message for each change as the plain commands print it; what is waited for, and the arithmetic of the
//! votes before each change, go to stderr.

use super::{
    describe,
    look::{Look, Looker},
    plan::{Refusal, Step, Wish, after, plan},
    refused::{self, Verdict},
    view::View,
};
use crate::cmd::{
    client::{Client, Retry, RpcError},
    context::Context,
    error::{CliError, Kind, note},
    gotext::format_duration,
    output::{Format, Output, Reply},
};
use quorate_proto::etcdserverpb::{
    Member, MemberAddRequest, MemberAddResponse, MemberListResponse, MemberPromoteRequest, MemberRemoveRequest, MoveLeaderRequest,
};
use std::{mem::discriminant, time::Duration};
use tokio::{
    signal::unix::{SignalKind, signal},
    time::{Instant, sleep},
};

/// Pause between two looks while something is waited for.
const LOOK_PAUSE: Duration = Duration::from_millis(500);
/// How often a wait that changes only in numbers is told about.
const TELL_AGAIN_AFTER: Duration = Duration::from_secs(5);
/// How often leadership is moved before a leader is removed as it is.
const HAND_OVERS_MAX: u32 = 3;
/// Servers let changes pass once connections have stood for five seconds; twice that and some more is not the start any more.
const UNHEALTHY_FOR_SECS: u64 = 15;

/// How a wish is to be followed.
#[derive(Clone, Debug)]
pub struct Manner {
    /// Say what would be done, and do nothing.
    pub dry_run: bool,
    /// Time for everything, waits included.
    pub timeout: Duration,
    /// The new member's peer URLs as they were given.
    pub peer_urls: String,
    /// A member that an earlier run may have taken out already: its id in hexadecimal, or its name.
    pub asks_about: Option<String>,
}

/// Follows the wish that `make` reads out of the first look.
///
/// # Errors
/// What `make` refuses and what the plan refuses; a server's final refusal; time that is over (exit code 1); an interruption by
/// a signal (5).
pub async fn run(context: &Context, manner: Manner, make: impl FnOnce(&Look) -> Result<Wish, CliError>) -> Result<(), CliError> {
    let output = context.output()?;
    check_format(output.format(), manner.dry_run)?;
    let mut looker = Looker::new(context)?.asking_about(manner.asks_about.clone());
    let first = look_first(&mut looker).await?;
    let wish = make(&first)?;
    if manner.dry_run {
        return dry_run(&output, &first.view, &wish);
    }
    let deadline = Instant::now() + manner.timeout;
    let mut drive = Drive {
        output,
        looker,
        wish,
        manner,
        deadline,
        told: None,
        hand_overs: 0,
        settings_printed: false,
        printed: false,
        refusal: None,
    };
    tokio::select! {
        result = drive.follow(first) => result,
        result = interruption() => result,
    }
}

/// The first look of a command. Without a quorum nothing can be changed, so it must show one.
pub async fn look_first(looker: &mut Looker) -> Result<Look, CliError> {
    match looker.look(true).await {
        Ok(look) => Ok(look),
        Err(error) => {
            let timed_out = matches!(error, RpcError::Deadline { .. });
            let cli = CliError::from(error);
            Err(if timed_out && looker.client().last_error().is_none() {
                cli.hint("A member answers, but no quorum stands behind it: see member list --detail")
            } else {
                cli
            })
        }
    }
}

/// Refuses formats in which the results of a change cannot be printed, before anything is changed.
pub fn check_format(format: Format, dry_run: bool) -> Result<(), CliError> {
    let name = match format {
        Format::Simple | Format::Json => return Ok(()),
        Format::Protobuf if !dry_run => return Ok(()),
        Format::Protobuf => "protobuf",
        Format::Fields => "fields",
        Format::Table => "table",
    };
    Err(CliError::new(Kind::Unsupported, format!("{name} not supported as output format")))
}

fn dry_run(output: &Output, view: &View, wish: &Wish) -> Result<(), CliError> {
    let (steps, refusal) = describe::whole_plan(view, wish);
    output.print(Reply::Plan(&steps))?;
    match refusal {
        None => Ok(()),
        Some(refusal) => Err(refused::explained(view, &refusal)),
    }
}

async fn interruption() -> Result<(), CliError> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Err(CliError::new(Kind::Interrupted, "interrupted").hint(RUN_AGAIN))
}

const RUN_AGAIN: &str = "What is done stays done; run the same command again to go on";

struct Drive {
    output: Output,
    looker: Looker,
    wish: Wish,
    manner: Manner,
    deadline: Instant,
    /// What was told last: the step, its text, and when.
    told: Option<(Step, String, Instant)>,
    hand_overs: u32,
    /// Whether the settings for the start of the new member have been printed.
    settings_printed: bool,
    /// Whether the last change has been printed.
    printed: bool,
    /// A server's refusal that may pass: since when, and the text.
    refusal: Option<(Instant, String)>,
}

impl Drive {
    async fn follow(&mut self, first: Look) -> Result<(), CliError> {
        let mut look = first;
        let mut is_first = true;
        loop {
            let step = match plan(&look.view, &self.wish, self.hand_overs < HAND_OVERS_MAX) {
                Ok(step) => Some(step),
                // Once under way, a voter that happens to restart is waited for.
                Err(refusal @ Refusal::QuorumLost { .. }) if !is_first && Instant::now() < self.deadline => {
                    self.tell_once(Step::AwaitQuorum, refusal.to_string());
                    None
                }
                Err(refusal) => return Err(refused::explained(&look.view, &refusal)),
            };
            is_first = false;
            if let Some(step) = step {
                if step == Step::Done {
                    return self.finish(&look);
                }
                self.tell(&look.view, step);
                self.announce_start(&look, step)?;
                match self.take(&look, step).await {
                    Ok(true) if plan(&after(&look.view, &self.wish, step), &self.wish, false) == Ok(Step::Done) => {
                        return self.finish(&look);
                    }
                    Ok(_) => {}
                    Err(error) => self.weigh(&look.view, step, error)?,
                }
                if Instant::now() >= self.deadline {
                    return Err(self.out_of_time(&look.view, step));
                }
            }
            sleep(LOOK_PAUSE.min(self.deadline.saturating_duration_since(Instant::now()))).await;
            look = self.look_again().await?;
        }
    }

    /// Looks until there is an answer, or time is over.
    async fn look_again(&mut self) -> Result<Look, CliError> {
        loop {
            match self.looker.look(true).await {
                Ok(look) => return Ok(look),
                Err(error) if Instant::now() >= self.deadline || refused::verdict(&error) == Verdict::Final => {
                    return Err(CliError::from(error).hint(RUN_AGAIN));
                }
                Err(error) => {
                    self.tell_once(Step::AwaitLeader, format!("wait until the cluster answers: {error}"));
                    sleep(LOOK_PAUSE).await;
                }
            }
        }
    }

    /// Does what the step says, and gives whether that changed the membership; waits are done by looking again.
    async fn take(&mut self, look: &Look, step: Step) -> Result<bool, CallError> {
        let client = self.looker.client();
        match step {
            Step::AddLearner => {
                let new = describe::new_member(&self.wish).expect("only a wish with a new member has this step");
                let (name, urls) = (new.name.clone(), new.peer_urls.clone());
                let request = MemberAddRequest { peer_ur_ls: urls, is_learner: true };
                let reply = client
                    .call(Retry::Write, request, async |connection, request| connection.cluster().member_add(request).await)
                    .await
                    .map_err(|error| lost(client, error))?;
                let peer_urls = &self.manner.peer_urls;
                self.output.print(Reply::MemberAdd { name: &name, peer_urls, reply: &reply })?;
                self.settings_printed = true;
            }
            Step::Promote(id) => {
                let reply = client
                    .call(Retry::Write, MemberPromoteRequest { id }, async |connection, request| {
                        connection.cluster().member_promote(request).await
                    })
                    .await
                    .map_err(|error| lost(client, error))?;
                self.output.print(Reply::MemberPromote { id, reply: &reply })?;
            }
            Step::Remove(id) => {
                let reply = client
                    .call(Retry::Write, MemberRemoveRequest { id }, async |connection, request| {
                        connection.cluster().member_remove(request).await
                    })
                    .await
                    .map_err(|error| lost(client, error))?;
                self.output.print(Reply::MemberRemove { id, reply: &reply })?;
            }
            Step::MoveLeader { from, to } => {
                self.hand_overs += 1;
                // The leader alone can do it, and it has answered, or there would be no such step.
                let facts = look.view.get(from).and_then(|leader| leader.facts());
                let Some(facts) = facts else { return Ok(false) };
                let leader = self.looker.client_of(&facts.endpoint).map_err(CallError::Output)?;
                let request = MoveLeaderRequest { target_id: to };
                leader
                    .call(Retry::Write, request, async |connection, request| connection.maintenance().move_leader(request).await)
                    .await
                    .map_err(CallError::Rpc)?;
                return Ok(false);
            }
            Step::ConfirmDown(_)
            | Step::AwaitStart(_)
            | Step::AwaitAnswer(_)
            | Step::AwaitLevel { .. }
            | Step::AwaitLeader
            | Step::AwaitQuorum
            | Step::Done => return Ok(false),
        }
        (self.printed, self.refusal) = (true, None);
        Ok(true)
    }

    /// Whether to go on after a step that failed: the next look shows what has become of it.
    fn weigh(&mut self, view: &View, step: Step, error: CallError) -> Result<(), CliError> {
        let error = match error {
            CallError::Output(error) => return Err(error),
            CallError::Rpc(error) => error,
        };
        // A leader that does not hand over is removed as it is.
        if matches!(step, Step::MoveLeader { .. }) {
            note(format_args!("leadership was not moved: {error}"));
            return Ok(());
        }
        self.printed = false;
        let text = error.to_string();
        let fresh = self.refusal.as_ref().is_none_or(|(_, last)| *last != text);
        if fresh {
            note(format_args!("not yet: {text}"));
        }
        let since = match &self.refusal {
            Some((since, last)) if *last == text => *since,
            _ => Instant::now(),
        };
        self.refusal = Some((since, text));
        let lasting = since.elapsed() >= Duration::from_secs(UNHEALTHY_FOR_SECS);
        match refused::verdict(&error) {
            Verdict::Pass => Ok(()),
            // The next look will say better who has these peer URLs; the second time it has not.
            Verdict::LookAgain if fresh => Ok(()),
            // What lasts has its reason in members that are down.
            Verdict::Unhealthy if !lasting || describe::sick(view).is_empty() => Ok(()),
            _ => Err(refused::by_server(view, &self.wish, error)),
        }
    }

    fn finish(&mut self, look: &Look) -> Result<(), CliError> {
        match &self.wish {
            Wish::Add(new) | Wish::Replace { new, .. } => {
                let member = look.reply.members.iter().find(|member| same_urls(member, &new.peer_urls));
                if let Some(member) = member.filter(|_| !self.printed || !new.votes) {
                    let text = if new.votes { "is a voting member of" } else { "is a learner of" };
                    self.output.print(Reply::MemberSettled { id: member.id, text, reply: &look.reply })?;
                }
            }
            Wish::Remove { id, .. } => {
                if !self.printed {
                    self.output.print(Reply::MemberSettled { id: *id, text: "is not in", reply: &look.reply })?;
                }
            }
        }
        Ok(())
    }

    /// Prints the settings to start a member with that an earlier run has added.
    fn announce_start(&mut self, look: &Look, step: Step) -> Result<(), CliError> {
        let Step::AwaitStart(id) = step else { return Ok(()) };
        if self.settings_printed {
            return Ok(());
        }
        self.settings_printed = true;
        let MemberListResponse { header, members } = look.reply.clone();
        let member = members.iter().find(|member| member.id == id).cloned();
        let name = describe::new_member(&self.wish).map(|new| new.name.clone()).unwrap_or_default();
        let reply = MemberAddResponse { header, member, members };
        self.output.print(Reply::MemberAdded { name: &name, peer_urls: &self.manner.peer_urls, reply: &reply })
    }

    /// Says on stderr what comes now; a wait of which only the numbers change, now and then.
    fn tell(&mut self, view: &View, step: Step) {
        self.tell_once(step, describe::step(view, &self.wish, step));
    }

    fn tell_once(&mut self, step: Step, text: String) {
        let told = self.told.as_ref().is_some_and(|(last, said, at)| {
            discriminant(last) == discriminant(&step) && (*said == text || at.elapsed() < TELL_AGAIN_AFTER)
        });
        if !told {
            note(&text);
            self.told = Some((step, text, Instant::now()));
        }
    }

    fn out_of_time(&self, view: &View, step: Step) -> CliError {
        let limit = format_duration(self.manner.timeout);
        let mut text = format!("not done within {limit}: {}", describe::step(view, &self.wish, step));
        if let Some((_, refusal)) = &self.refusal {
            text.push_str(&format!("; the last refusal was: {refusal}"));
        }
        CliError::new(Kind::General, text).hint(RUN_AGAIN)
    }
}

/// Why a step was not taken.
enum CallError {
    Rpc(RpcError),
    /// Its result could not be printed, or there is no way to send it.
    Output(CliError),
}

impl From<CliError> for CallError {
    fn from(error: CliError) -> Self {
        Self::Output(error)
    }
}

/// The failure of a request; the connection is given up when it says nothing any more.
fn lost(client: &Client, error: RpcError) -> CallError {
    if matches!(error, RpcError::Deadline { .. }) || refused::verdict(&error) == Verdict::Pass {
        client.abandon(&error.to_string());
    }
    CallError::Rpc(error)
}

fn same_urls(member: &Member, sorted: &[String]) -> bool {
    let mut urls = member.peer_ur_ls.clone();
    urls.sort();
    urls == sorted
}
