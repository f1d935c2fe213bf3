//! The latest events, for callers that listen, and for those that come back.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::event::Event;
use crate::event::report::{Kind, Kinds, report};

/// How many events are kept; the oldest leaves first.
const KEPT: usize = 256;
/// How long events are kept after the last caller has gone: it may have lost its connection.
const PATIENCE: Duration = Duration::from_secs(60);

/// Takes an event as JSON, and how many were missed before it; returns whether it wants more.
pub(crate) type Send = Box<dyn FnMut(Arc<[u8]>, u64) -> bool>;

/// The latest events. Nothing is written or kept unless somebody has listened.
pub(crate) struct Recent {
    /// The number before the first event of this process.
    origin: u64,
    latest: u64,
    kept: VecDeque<Kept>,
    /// At most as many as there are subscriptions: each leaves with the next event after its end.
    listeners: Vec<Listener>,
    /// Until when events are kept although nobody listens.
    until: Option<Instant>,
}

struct Kept {
    id: u64,
    kind: Kind,
    json: Arc<[u8]>,
}

struct Listener {
    kinds: Kinds,
    /// How many events it has missed before the next one.
    missed: u64,
    send: Send,
}

impl Listener {
    /// Sends an event if it is of a wanted kind; returns whether more are wanted.
    fn send(&mut self, kind: Kind, json: &Arc<[u8]>) -> bool {
        !self.kinds.contains(kind) || (self.send)(json.clone(), std::mem::take(&mut self.missed))
    }
}

impl Recent {
    pub(crate) fn new() -> Self {
        // Numbers grow over restarts, unless there are a million events a second.
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        Recent::after(seconds << 20)
    }

    fn after(origin: u64) -> Self {
        Recent { origin, latest: origin, kept: VecDeque::new(), listeners: Vec::new(), until: None }
    }

    /// Sends events of these kinds from now on; first those that came after the one with the number `after`, as far as
    /// they are kept.
    pub(crate) fn listen(&mut self, kinds: Kinds, after: Option<u64>, send: Send) {
        let mut listener = Listener { kinds, missed: 0, send };
        if after.is_none_or(|after| self.send_again(after, &mut listener)) {
            self.listeners.push(listener);
        }
    }

    /// Sends what came after an event; returns whether more is wanted.
    fn send_again(&self, after: u64, listener: &mut Listener) -> bool {
        let oldest = self.kept.front().map_or(self.latest + 1, |kept| kept.id);
        listener.missed = oldest.saturating_sub(after.max(self.origin)).saturating_sub(1);
        let mut new = self.kept.iter().filter(|kept| kept.id > after);
        new.all(|kept| listener.send(kept.kind, &kept.json))
    }

    /// Records an event, and sends it to those that listen.
    #[inline]
    pub(crate) fn note(&mut self, event: &Event) {
        // Each turn has one.
        if !matches!(event, Event::Turn) || !self.listeners.is_empty() {
            self.record(event);
        }
    }

    fn record(&mut self, event: &Event) {
        let kind = Kind::of(event);
        if kind != Kind::Turn {
            self.latest += 1;
        }
        if !self.is_of_use(kind) {
            return;
        }
        let json: Arc<[u8]> = report(self.latest, kind, event).into();
        self.listeners.retain_mut(|listener| listener.send(kind, &json));
        if self.listeners.is_empty() {
            self.until.get_or_insert_with(|| Instant::now() + PATIENCE);
        }
        if kind != Kind::Turn {
            self.keep(Kept { id: self.latest, kind, json });
        }
    }

    /// Whether somebody may want an event of this kind.
    fn is_of_use(&mut self, kind: Kind) -> bool {
        if !self.listeners.is_empty() {
            self.until = None;
            return kind != Kind::Turn || self.listeners.iter().any(|listener| listener.kinds.contains(kind));
        }
        let is_kept = kind != Kind::Turn && self.until.is_some_and(|until| Instant::now() < until);
        if !is_kept && kind != Kind::Turn {
            (self.kept, self.until) = (VecDeque::new(), None);
        }
        is_kept
    }

    fn keep(&mut self, event: Kept) {
        if self.kept.len() == KEPT {
            self.kept.pop_front();
        }
        self.kept.push_back(event);
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use super::*;

    /// What a listener got: the last digits of the number of each event, and how many were missed before it.
    type Seen = Rc<RefCell<Vec<(u64, u64)>>>;

    const ORIGIN: u64 = 1000;

    fn listener(seen: &Seen, most: usize) -> Send {
        let seen = seen.clone();
        Box::new(move |json, missed| {
            let report: serde_json::Value = serde_json::from_slice(&json).unwrap();
            seen.borrow_mut().push((report["id"].as_u64().unwrap() - ORIGIN, missed));
            seen.borrow().len() < most
        })
    }

    fn events(recent: &mut Recent, count: usize) {
        (0..count).for_each(|_| recent.note(&Event::Reload));
    }

    #[test]
    fn a_caller_that_comes_back_gets_what_it_has_missed() {
        let mut recent = Recent::after(ORIGIN);
        // Nobody has listened yet.
        events(&mut recent, 2);
        let (first, second, third) = (Seen::default(), Seen::default(), Seen::default());
        recent.listen(Kinds::USUAL, None, listener(&first, 1));
        events(&mut recent, 1);
        recent.note(&Event::Turn);
        // It has gone, and these are kept.
        events(&mut recent, 2);
        assert_eq!(*first.borrow(), [(3, 0)]);
        recent.listen(Kinds::USUAL, Some(ORIGIN + 3), listener(&second, 9));
        assert_eq!(*second.borrow(), [(4, 0), (5, 0)]);
        events(&mut recent, 1);
        assert_eq!(second.borrow().last(), Some(&(6, 0)));
        // The first two were not kept, and numbers of an earlier process say nothing of this one.
        recent.listen(Kinds::of(&[Kind::Reload]), Some(7), listener(&third, 9));
        assert_eq!(third.borrow()[..2], [(3, 2), (4, 0)]);
    }

    #[test]
    fn events_are_kept_for_a_while_whatever_the_last_caller_wanted() {
        let mut recent = Recent::after(ORIGIN);
        let (turns, others) = (Seen::default(), Seen::default());
        recent.listen(Kinds::of(&[Kind::Turn]), None, listener(&turns, 1));
        recent.note(&Event::Turn);
        events(&mut recent, 2);
        recent.listen(Kinds::USUAL, Some(ORIGIN), listener(&others, 9));
        assert_eq!(*others.borrow(), [(1, 0), (2, 0)]);
        // As if that was long ago.
        recent.listeners.clear();
        recent.until = Some(Instant::now());
        events(&mut recent, 1);
        assert!(recent.kept.is_empty());
    }

    #[test]
    fn what_is_kept_is_bounded_and_the_gap_is_told() {
        let mut recent = Recent::after(ORIGIN);
        let (first, second) = (Seen::default(), Seen::default());
        recent.listen(Kinds::USUAL, None, listener(&first, 1));
        events(&mut recent, KEPT + 10);
        assert_eq!(recent.kept.len(), KEPT);
        recent.listen(Kinds::USUAL, Some(ORIGIN + 1), listener(&second, 1000));
        assert_eq!(second.borrow().len(), KEPT);
        assert_eq!(second.borrow()[..2], [(11, 9), (12, 0)]);
    }

    #[test]
    fn a_listener_gets_only_what_it_wants() {
        let mut recent = Recent::after(ORIGIN);
        let (turns, stops) = (Seen::default(), Seen::default());
        recent.listen(Kinds::of(&[Kind::Turn]), None, listener(&turns, 9));
        recent.listen(Kinds::of(&[Kind::Stop]), Some(u64::MAX), listener(&stops, 9));
        recent.note(&Event::Turn);
        recent.note(&Event::Reload);
        recent.note(&Event::Stop);
        assert_eq!((turns.borrow().as_slice(), stops.borrow().as_slice()), (&[(0, 0)][..], &[(2, 0)][..]));
    }
}
