//! A terminal with a console in it, as a user has it: what is typed, what is seen, its size, its end.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use harness::{DEADLINE, Home, Process};
use nix::fcntl::OFlag;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::pty::{grantpt, posix_openpt, ptsname_r, unlockpt};

/// How long what a key does may take before it is pressed again.
const PATIENCE: Duration = Duration::from_secs(2);

/// A terminal and the program in it.
pub(crate) struct Terminal {
    keyboard: Option<File>,
    /// Dropped when the terminal is closed: then nothing reads it any more, either.
    open: Option<UnixStream>,
    shown: Arc<(Mutex<String>, Condvar)>,
    /// How much of it earlier waits have passed.
    seen: usize,
    child: Child,
}

impl Terminal {
    /// Runs the program of a home in a terminal of its own.
    pub(crate) fn run(home: &Home, args: &[&str]) -> Terminal {
        // No other program may inherit an end: the terminal would stay open.
        let master = posix_openpt(OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_CLOEXEC).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let mut slave = File::options();
        slave.read(true).write(true).custom_flags(OFlag::O_NOCTTY.bits());
        let slave = slave.open(ptsname_r(&master).unwrap()).unwrap();
        let keyboard = File::from(OwnedFd::from(master));
        set_size(&keyboard, &["rows", "24", "columns", "100"]);
        let mut command: Command = home.command_by(&["setsid", "--ctty", "--wait"], args);
        command.env("TERM", "xterm").env("XDG_STATE_HOME", home.path().join("state")).env_remove("NO_COLOR");
        command.stdin(slave.try_clone().unwrap()).stdout(slave.try_clone().unwrap()).stderr(slave);
        let child = command.spawn().unwrap();
        // The parent must not keep the terminal open.
        drop(command);
        let shown = Arc::new((Mutex::new(String::new()), Condvar::new()));
        let (open, closed) = UnixStream::pair().unwrap();
        collect(keyboard.try_clone().unwrap(), closed, shown.clone());
        Terminal { keyboard: Some(keyboard), open: Some(open), shown, seen: 0, child }
    }

    /// Types.
    pub(crate) fn press(&mut self, keys: &str) {
        self.keyboard.as_mut().unwrap().write_all(keys.as_bytes()).unwrap();
    }

    /// Types a line.
    pub(crate) fn enter(&mut self, line: &str) {
        self.press(&format!("{line}\r"));
    }

    /// Waits for a text that was not there before.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, text: &str) {
        assert!(
            self.comes_within(text, DEADLINE),
            "waited for {text:?} after {:?}",
            &self.raw()[self.seen..]
        );
    }

    /// Presses keys until a text comes that was not there before. While an editor lets go of its terminal, a key is no signal
    /// yet, and no key for the editor any more.
    #[allow(dead_code)] // Not every test program interrupts something.
    #[track_caller]
    pub(crate) fn press_until(&mut self, keys: &str, text: &str) {
        let until = Instant::now() + DEADLINE;
        loop {
            self.press(keys);
            if self.comes_within(text, PATIENCE) {
                return;
            }
            assert!(Instant::now() < until, "waited for {text:?} after {:?}", &self.raw()[self.seen..]);
        }
    }

    fn comes_within(&mut self, text: &str, time: Duration) -> bool {
        let until = Instant::now() + time;
        let mut shown = self.shown.0.lock().unwrap();
        loop {
            if let Some(at) = shown[self.seen..].find(text) {
                self.seen += at + text.len();
                return true;
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            shown = self.shown.1.wait_timeout(shown, left).unwrap().0;
        }
    }

    /// What was shown so far, with what moves the cursor.
    pub(crate) fn raw(&self) -> String {
        self.shown.0.lock().unwrap().clone()
    }

    /// What is on the screen, of as many lines as there are.
    pub(crate) fn screen(&self) -> String {
        render(&self.raw())
    }

    /// Changes the size, of which the program learns by SIGWINCH.
    pub(crate) fn resize(&self, columns: &str) {
        set_size(self.keyboard.as_ref().unwrap(), &["columns", columns]);
    }

    /// Closes the terminal: its programs get SIGHUP.
    pub(crate) fn hang_up(&mut self) {
        (self.keyboard, self.open) = (None, None);
    }

    /// Waits until the program has ended, and returns its exit status.
    #[track_caller]
    pub(crate) fn end(&mut self) -> Option<i32> {
        Process::open(i32::try_from(self.child.id()).unwrap()).unwrap().wait();
        self.child.wait().unwrap().code()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.hang_up();
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn set_size(terminal: &File, size: &[&str]) {
    let stty = Command::new("stty").args(size).stdin(terminal.try_clone().unwrap()).status();
    assert!(stty.unwrap().success());
}

fn collect(mut terminal: File, closed: UnixStream, shown: Arc<(Mutex<String>, Condvar)>) {
    thread::spawn(move || {
        let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
        // Reading fails when the last program has closed the terminal.
        while let Some(count @ 1..) =
            ready(&terminal, &closed).then(|| terminal.read(&mut buffer).ok()).flatten()
        {
            bytes.extend_from_slice(&buffer[..count]);
            let whole = bytes.utf8_chunks().map(|chunk| chunk.valid().len()).next().unwrap_or_default();
            let text = String::from_utf8(bytes.drain(..whole).collect()).unwrap();
            shown.0.lock().unwrap().push_str(&text);
            shown.1.notify_all();
        }
    });
}

/// Waits until there is something to read. Returns `false` if the terminal is closed before that.
fn ready(terminal: &File, closed: &UnixStream) -> bool {
    let wanted = |descriptor| PollFd::new(descriptor, PollFlags::POLLIN);
    let mut polled = [wanted(terminal.as_fd()), wanted(closed.as_fd())];
    poll(&mut polled, PollTimeout::NONE).unwrap();
    polled[1].any() == Some(false)
}

/// Returns what a terminal would show. It understands what the line editor sends, and fails on anything else.
fn render(raw: &str) -> String {
    let (mut lines, mut row, mut column) = (vec![Vec::<char>::new()], 0_usize, 0_usize);
    let mut characters = raw.chars();
    while let Some(character) = characters.next() {
        match character {
            '\r' => column = 0,
            '\n' => row += 1,
            '\x07' => {}
            '\x08' => column = column.saturating_sub(1),
            '\x1b' => {
                assert_eq!(characters.next(), Some('['), "only control sequences are known");
                let sequence: String =
                    characters.by_ref().take_while(|end| !end.is_ascii_alphabetic()).collect();
                // The letter was taken as well: it is found again by what is left.
                let taken = raw.len() - characters.as_str().len();
                let letter = raw[..taken].chars().last().unwrap();
                let count = sequence.parse().unwrap_or(1);
                match letter {
                    'A' => row = row.saturating_sub(count),
                    'B' => row += count,
                    'C' => column += count,
                    'D' => column = column.saturating_sub(count),
                    'K' => lines[row].truncate(column),
                    'J' => {
                        lines.truncate(row + 1);
                        lines[row].truncate(column);
                    }
                    'h' | 'l' | 'm' => {}
                    other => panic!("`{sequence}{other}` is not known"),
                }
            }
            _ => {
                let line = &mut lines[row];
                line.resize(line.len().max(column + 1), ' ');
                line[column] = character;
                column += 1;
            }
        }
        lines.resize(lines.len().max(row + 1), Vec::new());
    }
    let lines = lines.into_iter().map(|line| line.into_iter().collect::<String>().trim_end().to_owned());
    lines.collect::<Vec<_>>().join("\n").trim_end().to_owned()
}
