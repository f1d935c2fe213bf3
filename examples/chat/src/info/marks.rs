//! The marks of the connections, and the lines that are shown. Nothing here does I/O or reads a clock.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::size;
use crate::api::{Info, Link, LinkState};

/// How long a change is highlighted, and how long a closed connection is shown.
const RECENT: Duration = Duration::from_secs(2);

/// The connections as they were last seen.
#[derive(Debug, Default)]
pub(super) struct Marks(BTreeMap<u64, Shown>);

#[derive(Debug)]
struct Shown {
    mark: char,
    text: String,
    changed: Instant,
}

/// A piece of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) text: String,
    pub(super) highlighted: bool,
}

impl Marks {
    /// Takes the connections as they are now.
    pub(super) fn update(&mut self, links: &[Link], now: Instant) {
        for link in links {
            let (mark, text) = (mark(link), describe(link));
            let shown =
                self.0.entry(link.number).or_insert(Shown { mark: ' ', text: String::new(), changed: now });
            if shown.mark != mark {
                (shown.mark, shown.changed) = (mark, now);
            }
            shown.text = text;
        }
        for (number, shown) in &mut self.0 {
            if shown.mark != 'x' && !links.iter().any(|link| link.number == *number) {
                (shown.mark, shown.changed) = ('x', now);
            }
        }
        self.0.retain(|_, shown| shown.mark != 'x' || now.duration_since(shown.changed) < RECENT);
    }

    /// Returns the lines, none wider or more than the terminal has.
    pub(super) fn lines(&self, info: &Info, width: usize, height: usize, now: Instant) -> Vec<Vec<Piece>> {
        let plain = |text: String| vec![Piece { text: cut(&text, width), highlighted: false }];
        let open = self.0.values().filter(|shown| shown.mark != 'x').count();
        let marks =
            self.0.values().take(width).map(|shown| shown.piece(shown.mark.to_string(), now)).collect();
        let mut lines = vec![
            plain(format!("{} {}", info.id, info.nick)),
            plain(format!("traffic {} in, {} out", size(info.received), size(info.sent))),
            plain(format!("connections {open} / {}", info.connections_ever)),
            marks,
            plain(String::new()),
        ];
        lines.extend(
            self.0
                .values()
                .map(|shown| vec![shown.piece(cut(&format!("{} {}", shown.mark, shown.text), width), now)]),
        );
        lines.truncate(height);
        lines
    }
}

impl Shown {
    fn piece(&self, text: String, now: Instant) -> Piece {
        Piece { text, highlighted: now.duration_since(self.changed) < RECENT }
    }
}

fn mark(link: &Link) -> char {
    match (link.state, link.outbound) {
        (LinkState::Opening, true) => 'o',
        (LinkState::Opening, false) => 'i',
        (LinkState::Ready, _) => 'c',
        (LinkState::Request, _) => 't',
        (LinkState::Talking, _) => 'T',
    }
}

fn describe(link: &Link) -> String {
    let node = link.node.as_deref().unwrap_or("-");
    format!("{} {node} {} in {} out {}", link.address, link.nick, size(link.received), size(link.sent))
}

/// Shortens a text to the width of the terminal. Nicknames and addresses have one column a character.
fn cut(text: &str, width: usize) -> String {
    text.chars().filter(|character| !character.is_control()).take(width).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(number: u64, state: LinkState, outbound: bool) -> Link {
        let (address, nick) = ("192.0.2.1:25000".to_owned(), "bob".to_owned());
        Link {
            number,
            address,
            outbound,
            state,
            node: None,
            nick,
            received: 0,
            sent: 0,
            age: Duration::ZERO.into(),
        }
    }

    fn info() -> Info {
        let text = |text: &str| text.to_owned();
        Info {
            version: text("1"),
            id: text("ab"),
            fingerprint: text("cd"),
            listens: None,
            nick: text("alice"),
            connections: 0,
            connections_ever: 7,
            nodes: 0,
            stamps: 0,
            received: 2048,
            sent: 3,
        }
    }

    fn marks_at(marks: &Marks, now: Instant) -> String {
        let line = &marks.lines(&info(), 80, 24, now)[3];
        line.iter()
            .map(|piece| if piece.highlighted { format!("[{}]", piece.text) } else { piece.text.clone() })
            .collect()
    }

    #[test]
    fn each_connection_has_a_mark_and_changes_are_highlighted() {
        let start = Instant::now();
        let mut marks = Marks::default();
        let states = [LinkState::Opening, LinkState::Ready, LinkState::Request, LinkState::Talking];
        let mut links: Vec<Link> =
            (0..).zip(states).map(|(number, state)| link(number, state, true)).collect();
        links.push(link(4, LinkState::Opening, false));
        marks.update(&links, start);
        assert_eq!(marks_at(&marks, start), "[o][c][t][T][i]");
        let later = start + RECENT;
        links.remove(0);
        links[0].state = LinkState::Request;
        marks.update(&links, later);
        assert_eq!(marks_at(&marks, later), "[x][t]tTi");
        marks.update(&links, later + RECENT);
        assert_eq!(marks_at(&marks, later + RECENT), "ttTi");
    }

    #[test]
    fn what_is_shown_fits_the_terminal() {
        let now = Instant::now();
        let mut marks = Marks::default();
        let links: Vec<Link> = (0..50).map(|number| link(number, LinkState::Ready, true)).collect();
        marks.update(&links, now);
        let lines = marks.lines(&info(), 20, 10, now);
        assert_eq!(lines.len(), 10);
        let width = |line: &Vec<Piece>| line.iter().map(|piece| piece.text.chars().count()).sum::<usize>();
        assert!(lines.iter().all(|line| width(line) <= 20));
        assert_eq!(lines[2][0].text, "connections 50 / 7");
    }
}
