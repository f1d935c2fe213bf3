//! A job, and what can go wrong with it.

use daemon_core::prelude::*;

/// A command in the queue.
#[rpc_type]
#[derive(Clone)]
pub(crate) struct Job {
    pub(crate) id: u64,
    pub(crate) state: State,
    pub(crate) command: String,
    /// The user who submitted it; none on an inet socket.
    pub(crate) user: Option<u32>,
    /// How often it was tried.
    pub(crate) attempts: u32,
    /// How often it is tried again when it fails.
    pub(crate) retries: u32,
    /// How long one attempt may take.
    pub(crate) timeout: Span,
    /// How the last attempt ended.
    pub(crate) exit: Option<String>,
    /// The last line that it wrote.
    pub(crate) line: Option<String>,
}

/// Where a job is in its life.
#[rpc_type]
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// It has not begun, or failed and will be tried again.
    Waiting,
    Running,
    Done,
    /// It failed as often as it may.
    Failed,
    Cancelled,
}

/// Why a request about jobs fails.
#[derive(Debug, Fault)]
pub(crate) enum JobError {
    /// You have no such job.
    #[fault(code = 1, message = "you have no job {id}")]
    Unknown { id: u64 },
    /// The database failed.
    #[fault(code = 2, message = "the database failed: {0}")]
    Database(#[from] redb::Error),
}

impl std::fmt::Display for JobError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            JobError::Unknown { id } => write!(f, "there is no job {id}"),
            JobError::Database(error) => write!(f, "the database failed: {error}"),
        }
    }
}

impl std::error::Error for JobError {}

impl State {
    /// Whether nothing follows.
    pub(crate) fn is_final(self) -> bool {
        matches!(self, State::Done | State::Failed | State::Cancelled)
    }
}

impl Job {
    pub(crate) fn new(id: u64, user: Option<u32>, command: String, retries: u32, timeout: Span) -> Self {
        let state = State::Waiting;
        Job { id, state, command, user, attempts: 0, retries, timeout, exit: None, line: None }
    }

    /// Whether this caller may know of it: its user, and root.
    pub(crate) fn is_visible_to(&self, caller: Option<&Caller>) -> bool {
        let uid = caller.and_then(Caller::uid);
        uid == Some(0) || uid == self.user
    }

    /// Returns what follows an attempt.
    pub(crate) fn after(&self, succeeded: bool, cancelled: bool) -> State {
        match (succeeded, cancelled) {
            (_, true) => State::Cancelled,
            (true, false) => State::Done,
            (false, false) if self.attempts > self.retries => State::Failed,
            (false, false) => State::Waiting,
        }
    }
}
