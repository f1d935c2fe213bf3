//! The life of a talk on a connection, as one table.

/// Where a talk is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Talk {
    /// There is none.
    #[default]
    None,
    /// This node has asked.
    Asked,
    /// The peer has asked.
    Asking,
    /// Both talk.
    Talking,
}

/// What happens to a talk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The user asks for a talk.
    Request,
    /// The user answers the peer.
    Respond(bool),
    /// The user ends it.
    Close,
    /// The peer asks for a talk.
    PeerRequests,
    /// The peer answers.
    PeerResponds(bool),
    /// The peer ends it.
    PeerCloses,
}

impl Talk {
    /// Returns what follows; `None` if the step does not fit, and nothing changes.
    pub fn after(self, step: Step) -> Option<Talk> {
        match (self, step) {
            (Talk::None, Step::Request) => Some(Talk::Asked),
            (Talk::None, Step::PeerRequests) => Some(Talk::Asking),
            // Both have asked: both want to talk.
            (Talk::Asked, Step::PeerRequests) | (Talk::Asking, Step::Request) => Some(Talk::Talking),
            (Talk::Asking, Step::Respond(true)) | (Talk::Asked, Step::PeerResponds(true)) => {
                Some(Talk::Talking)
            }
            (Talk::Asking, Step::Respond(false)) | (Talk::Asked, Step::PeerResponds(false)) => {
                Some(Talk::None)
            }
            (Talk::Asked | Talk::Asking | Talk::Talking, Step::Close | Step::PeerCloses) => Some(Talk::None),
            (Talk::None, Step::Respond(_) | Step::Close | Step::PeerResponds(_) | Step::PeerCloses)
            | (Talk::Asked, Step::Request | Step::Respond(_))
            | (Talk::Asking, Step::PeerRequests | Step::PeerResponds(_))
            | (
                Talk::Talking,
                Step::Request | Step::Respond(_) | Step::PeerRequests | Step::PeerResponds(_),
            ) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATES: [Talk; 4] = [Talk::None, Talk::Asked, Talk::Asking, Talk::Talking];
    const STEPS: [Step; 8] = [
        Step::Request,
        Step::Respond(true),
        Step::Respond(false),
        Step::Close,
        Step::PeerRequests,
        Step::PeerResponds(true),
        Step::PeerResponds(false),
        Step::PeerCloses,
    ];

    #[test]
    fn the_table_is_as_expected() {
        let row = |state: Talk| {
            STEPS.map(|step| state.after(step).map_or("-".to_owned(), |next| format!("{next:?}")))
        };
        let table = STATES.map(|state| row(state).join(" "));
        assert_eq!(
            table,
            [
                "Asked - - - Asking - - -",
                "- - - None Talking Talking None None",
                "Talking Talking None None - - - None",
                "- - - None - - - None",
            ]
        );
    }
}
