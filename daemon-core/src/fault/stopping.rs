//! The faults of calls to a daemon that stops, which a client tells apart: one has not begun, the other may have run.

use super::{Fault, code};

const STOPPING: &str = "the daemon is stopping";
const STOPPED: &str = "the daemon stopped before the reply was ready";

impl Fault {
    /// The daemon stops, and has not begun the call.
    pub(crate) fn stopping() -> Self {
        Fault::transport(STOPPING)
    }

    /// The daemon stopped while the call ran.
    pub(crate) fn stopped() -> Self {
        Fault::transport(STOPPED)
    }

    /// Whether it is the fault of a call that the daemon has not begun because it stops.
    pub(crate) fn is_of_stopping(&self) -> bool {
        self.has_reason(STOPPING)
    }

    /// Whether it is the fault of a call whose daemon stopped while it ran.
    pub(crate) fn is_of_stopped(&self) -> bool {
        self.has_reason(STOPPED)
    }

    fn has_reason(&self, reason: &str) -> bool {
        self.code() == code::TRANSPORT_ERROR && self.data().is_some_and(|data| data["reason"] == reason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_tells_what_did_not_begin_from_what_may_have_run() {
        let read = |fault: Fault| serde_json::from_str::<Fault>(&fault.to_json()).unwrap();
        let of = |fault: Fault| (fault.is_of_stopping(), fault.is_of_stopped());
        assert_eq!(of(read(Fault::stopping())), (true, false));
        assert_eq!(of(read(Fault::stopped())), (false, true));
        assert_eq!(of(Fault::transport("a frame is too long")), (false, false));
        assert_eq!(of(Fault::new(1, "the daemon is stopping")), (false, false));
    }
}
