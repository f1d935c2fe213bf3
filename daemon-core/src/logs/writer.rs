//! Writes messages to their target, one line each. It never blocks and never fails.

use std::borrow::Cow;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tracing::{Level, Metadata};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::Writer as Text;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};

use super::LogTarget;
use super::output::Output;
use crate::trace::{self, TraceContext};

/// The longest line in bytes, with its line end: as many as a pipe takes whole or not at all (pipe(7)), so that lines
/// of a daemon and its workers never mix. Longer lines are cut.
const LONGEST: usize = 4096;
/// Marks where a line was cut.
const CUT: &str = " [cut]";

/// The log of a process.
#[derive(Clone)]
pub(super) struct Writer {
    log: Arc<Mutex<Log>>,
    is_terminal: bool,
}

struct Log {
    output: Output,
    /// Messages lost since the last one that could be written.
    lost: u64,
    /// Whether the last line is incomplete.
    torn: bool,
}

impl Writer {
    pub(super) fn open(name: &str, target: &LogTarget) -> io::Result<Writer> {
        let output = Output::open(name, target)?;
        let is_terminal = output.is_terminal();
        let log = Arc::new(Mutex::new(Log { output, lost: 0, torn: false }));
        Ok(Writer { log, is_terminal })
    }

    pub(super) fn reopen(&self) -> io::Result<()> {
        let mut log = self.log();
        log.output.reopen()?;
        log.torn = false;
        Ok(())
    }

    pub(super) fn is_terminal(&self) -> bool {
        self.is_terminal
    }

    /// No code panics while it holds the lock, and a message matters more than a poisoned lock.
    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Log {
    /// Writes a message, preceded by the number of lost messages if there are any.
    fn write(&mut self, level: Level, message: &[u8]) {
        if self.lost > 0 && !self.put(Level::WARN, missing(self.lost, &self.output).as_bytes()) {
            self.lost += 1;
            return;
        }
        self.lost = u64::from(!self.put(level, &line(message, trace::current())));
    }

    /// Writes a line. Returns whether all of it was written.
    fn put(&mut self, level: Level, line: &[u8]) -> bool {
        if self.torn && !matches!(self.output.write(level, b"\n"), Ok(1)) {
            return false;
        }
        self.torn = false;
        let mut rest = line;
        while !rest.is_empty() {
            match self.output.write(level, rest) {
                Ok(0) => break,
                Ok(written) => rest = rest.get(written..).unwrap_or_default(),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        // If nothing of a line was written, nothing is incomplete.
        self.torn = !rest.is_empty() && rest.len() < line.len();
        rest.is_empty()
    }
}

/// Makes a line of bounded length from a message, and adds the trace of the call that it is about, if there is one.
fn line(message: &[u8], trace: Option<TraceContext>) -> Cow<'_, [u8]> {
    let id = trace.map(|trace| format!(" trace_id={:032x}", trace.trace_id())).unwrap_or_default();
    if message.len() + id.len() <= LONGEST {
        return match id.as_str() {
            "" => Cow::from(message),
            id => Cow::from([message.strip_suffix(b"\n").unwrap_or(message), id.as_bytes(), b"\n"].concat()),
        };
    }
    let mut end = LONGEST - CUT.len() - id.len() - 1;
    // Not within a character.
    while end > 0 && message[end] & 0xc0 == 0x80 {
        end -= 1;
    }
    Cow::from([&message[..end], CUT.as_bytes(), id.as_bytes(), b"\n"].concat())
}

/// The line that replaces lost messages.
fn missing(lost: u64, output: &Output) -> String {
    let mut text = String::new();
    if output.has_form() {
        // If the clock cannot be read, the line has no time.
        let _ = SystemTime.format_time(&mut Text::new(&mut text));
        text.push_str("  WARN ");
    }
    text.push_str(&format!("lost {lost} messages: the log did not take them\n"));
    text
}

/// A message that is being written.
pub(super) struct Message<'w> {
    writer: &'w Writer,
    level: Level,
}

impl io::Write for Message<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.log().write(self.level, bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'w> MakeWriter<'w> for Writer {
    type Writer = Message<'w>;

    fn make_writer(&'w self) -> Message<'w> {
        Message { writer: self, level: Level::INFO }
    }

    fn make_writer_for(&'w self, meta: &Metadata<'_>) -> Message<'w> {
        Message { writer: self, level: *meta.level() }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::io::{Read, Write as _};
    use std::os::unix::net::UnixDatagram;
    use std::path::PathBuf;

    use super::*;

    fn place(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("log-{}-{name}", std::process::id()));
        let _ = fs::remove_file(&path);
        path
    }

    fn say(writer: &Writer, level: Level, text: &str) {
        Message { writer, level }.write_all(text.as_bytes()).unwrap();
    }

    #[test]
    fn messages_are_appended_and_a_reopened_log_follows_the_path() {
        let path = place("file");
        fs::write(&path, "before\n").unwrap();
        let writer = Writer::open("x", &LogTarget::File(path.clone())).unwrap();
        say(&writer, Level::INFO, "one\n");
        let moved = place("moved");
        fs::rename(&path, &moved).unwrap();
        say(&writer, Level::INFO, "two\n");
        writer.reopen().unwrap();
        say(&writer, Level::INFO, "three\n");
        assert_eq!(fs::read_to_string(&moved).unwrap(), "before\none\ntwo\n");
        assert_eq!(fs::read_to_string(&path).unwrap(), "three\n");
        fs::remove_file(moved).unwrap();
        fs::remove_file(path).unwrap();
    }

    #[test]
    fn a_full_log_counts_lost_messages() {
        let path = place("pipe");
        nix::unistd::mkfifo(&path, nix::sys::stat::Mode::S_IRWXU).unwrap();
        let mut reader = File::options().read(true).write(true).open(&path).unwrap();
        let writer = Writer::open("x", &LogTarget::File(path.clone())).unwrap();
        let text = "m".repeat(1000) + "\n";
        (0..100).for_each(|_| say(&writer, Level::INFO, &text));
        let mut read = || {
            let mut taken = vec![0; 64 * 1024];
            let count = reader.read(&mut taken).unwrap();
            String::from_utf8_lossy(&taken[..count]).into_owned()
        };
        let mut whole = read();
        say(&writer, Level::INFO, "after\n");
        whole.push_str(&read());
        assert!(whole.ends_with("\nafter\n"), "{whole}");
        let lost =
            |line: &str| -> Option<u64> { line.split_once(" WARN lost ")?.1.split_once(' ')?.0.parse().ok() };
        let messages = whole.lines().filter(|line| *line == text.trim_end()).count() as u64;
        assert_eq!(messages + whole.lines().filter_map(lost).sum::<u64>(), 100, "{whole}");
        assert!(messages > 50, "{messages}");
        fs::remove_file(path).unwrap();
    }

    #[test]
    fn a_full_disk_is_no_error() {
        let writer = Writer::open("x", &LogTarget::File("/dev/full".into())).unwrap();
        (0..3).for_each(|_| say(&writer, Level::INFO, "gone\n"));
        assert_eq!(writer.log().lost, 3);
    }

    #[test]
    fn the_systems_log_gets_level_and_name_with_each_message() {
        let path = place("syslog");
        let system = UnixDatagram::bind(&path).unwrap();
        let mut taken = [0; 4200];
        let mut next = || {
            let count = system.recv(&mut taken).unwrap();
            String::from_utf8_lossy(&taken[..count]).into_owned()
        };
        let writer = Writer::open("x", &LogTarget::Syslog(path.clone())).unwrap();
        say(&writer, Level::ERROR, " it broke\n");
        assert_eq!(next(), format!("<27>x[{}]: it broke", std::process::id()));
        let writer = Writer::open("x", &LogTarget::Journal(path.clone())).unwrap();
        say(&writer, Level::DEBUG, "fine\n");
        assert_eq!(next(), "PRIORITY=7\nSYSLOG_IDENTIFIER=x\nMESSAGE=fine\n");
        say(&writer, Level::INFO, &("x".to_owned() + &"long".repeat(2000)));
        assert!(next().ends_with("ong [cut]\n"));
        fs::remove_file(path).unwrap();
    }

    #[test]
    fn the_systems_log_may_be_restarted() {
        let path = place("restarted");
        let system = UnixDatagram::bind(&path).unwrap();
        let writer = Writer::open("x", &LogTarget::Syslog(path.clone())).unwrap();
        drop(system);
        say(&writer, Level::INFO, "not received\n");
        fs::remove_file(&path).unwrap();
        let system = UnixDatagram::bind(&path).unwrap();
        say(&writer, Level::INFO, "received\n");
        let mut taken = [0; 100];
        let texts: Vec<String> = (0..2)
            .map(|_| {
                let count = system.recv(&mut taken).unwrap();
                String::from_utf8_lossy(&taken[..count]).into_owned()
            })
            .collect();
        assert!(texts[0].contains("lost 1 messages") && texts[1].ends_with(": received"), "{texts:?}");
        fs::remove_file(path).unwrap();
    }

    #[test]
    fn a_line_is_cut_between_two_characters() {
        for head in 0..4 {
            let message = "x".repeat(head) + &"漢".repeat(2000);
            let line = line(message.as_bytes(), None);
            assert!(line.len() <= LONGEST && std::str::from_utf8(&line).unwrap().ends_with("漢 [cut]\n"));
        }
    }

    #[test]
    fn the_trace_stands_at_the_end_of_a_line_even_if_that_was_cut() {
        let trace = TraceContext::new(0xabc, 1, true);
        let id = format!(" trace_id={:032x}\n", 0xabc);
        assert_eq!(*line(b"hello\n", trace), *format!("hello{id}").as_bytes());
        let long = line("x".repeat(LONGEST).as_bytes(), trace).into_owned();
        assert_eq!(long.len(), LONGEST);
        assert!(String::from_utf8(long).unwrap().ends_with(&format!("x [cut]{id}")));
    }
}
