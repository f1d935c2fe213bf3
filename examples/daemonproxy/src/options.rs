//! The command line, one argument after the other: each acts at once, and covers what is to its right.

use crate::text::{Text, integer};

/// What an option does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Does {
    Config,
    Interactive,
    Socket,
    Daemonize,
    Guard,
    Exec,
    HandlePool,
    ServicePool,
    LockMemory,
    Verbose,
    Quiet,
    Help,
    Version,
}

/// An option.
struct Row {
    does: Does,
    short: Option<u8>,
    long: &'static str,
    /// What its value is called; empty if it takes none.
    value: &'static str,
    phrase: &'static str,
}

const fn row(does: Does, short: u8, long: &'static str, value: &'static str, phrase: &'static str) -> Row {
    Row { does, short: if short == 0 { None } else { Some(short) }, long, value, phrase }
}

const OPTIONS: [Row; 13] = [
    row(Does::Config, b'c', "config", "FILENAME", "run the commands of a file at the start; - is stdin"),
    row(Does::Interactive, b'i', "interactive", "", "use stdin and stdout as a controller"),
    row(Does::Socket, b'S', "socket", "PATH", "listen for controllers on a unix socket"),
    row(Does::Daemonize, b'D', "daemonize", "", "go to the background, and print the new pid"),
    row(Does::Guard, 0, "exit-guard", "INTEGER", "end only if a command has this code"),
    row(Does::Exec, b'E', "exit-exec", "TSV_ARGS", "run this program instead of exiting"),
    row(Does::HandlePool, 0, "fd-pool", "N[xM]", "make room for N handles of M bytes at the start"),
    row(Does::ServicePool, 0, "service-pool", "N[xM]", "make room for N services of M bytes at the start"),
    row(Does::LockMemory, b'M', "mlockall", "", "lock all memory"),
    row(Does::Verbose, b'v', "verbose", "", "log one level more; may repeat"),
    row(Does::Quiet, b'q', "quiet", "", "log one level less; may repeat"),
    row(Does::Help, b'h', "help", "", "print this page"),
    row(Does::Version, 0, "version", "", "print the version in full"),
];

/// What is wrong with the command line.
pub(crate) type Mistake = Box<Text<256>>;

/// Reads arguments.
pub(crate) struct Reader<A> {
    arguments: A,
    /// The short options that are left of an argument.
    joined: Vec<u8>,
}

impl<A: Iterator<Item = Vec<u8>>> Reader<A> {
    pub(crate) fn new(arguments: A) -> Self {
        Reader { arguments, joined: Vec::new() }
    }

    fn read(&mut self) -> Option<Result<(Does, Vec<u8>), Mistake>> {
        if !self.joined.is_empty() {
            return Some(self.read_short());
        }
        let argument = self.arguments.next()?;
        if let Some(name) = argument.strip_prefix(b"--") {
            let Some(row) = OPTIONS.iter().find(|row| row.long.as_bytes() == name) else {
                return Some(Err(unknown(b"--", name)));
            };
            return Some(self.with_value(row, &argument));
        }
        match argument.strip_prefix(b"-") {
            Some(short) if !short.is_empty() => {
                self.joined = short.to_vec();
                Some(self.read_short())
            }
            Some(_) | None => Some(Err(quote("Unexpected argument", &argument))),
        }
    }

    fn read_short(&mut self) -> Result<(Does, Vec<u8>), Mistake> {
        let short = self.joined.remove(0);
        let row = OPTIONS.iter().find(|row| row.short == Some(short));
        let row = row.ok_or_else(|| unknown(b"-", &[short]))?;
        self.with_value(row, &[b'-', short])
    }

    fn with_value(&mut self, row: &Row, written: &[u8]) -> Result<(Does, Vec<u8>), Mistake> {
        if row.value.is_empty() {
            return Ok((row.does, Vec::new()));
        }
        let missing = || Box::new(Text::of(b"Missing argument for ").join(written));
        Ok((row.does, self.arguments.next().ok_or_else(missing)?))
    }
}

impl<A: Iterator<Item = Vec<u8>>> Iterator for Reader<A> {
    type Item = Result<(Does, Vec<u8>), Mistake>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read()
    }
}

fn unknown(dashes: &[u8], name: &[u8]) -> Mistake {
    Box::new(Text::of(b"Unknown option ").join(dashes).join(name).join(b"  (see --help)"))
}

/// Returns a message that ends with a quoted argument.
pub(crate) fn quote(what: &str, argument: &[u8]) -> Mistake {
    Box::new(Text::of(what.as_bytes()).join(b" \"").join(argument).join(b"\""))
}

/// Reads the value of `--exit-guard`; 0 is none.
pub(crate) fn guard(value: &[u8]) -> Option<i64> {
    if value.is_empty() { Some(0) } else { integer(value) }
}

/// Returns the page that `--help` prints.
pub(crate) fn help() -> String {
    let mut page = format!("daemonproxy version {}\noptions:\n", env!("CARGO_PKG_VERSION"));
    for Row { short, long, value, phrase, .. } in &OPTIONS {
        let short = short.map_or_else(|| "  ".to_owned(), |short| format!("-{}", char::from(short)));
        page.push_str(&format!("  {short} --{long:<12} {value:<8}  {phrase}\n"));
    }
    page.push('\n');
    page
}

/// Returns what `--version` prints.
pub(crate) fn version() -> String {
    format!(
        "daemonproxy version {}\n build timestamp: {}\n git HEAD: {}\nCopyright (C) 2024-2026 the authors of daemon-core\n\
         Licensed under MIT or Apache 2.0, at your option: see LICENSE-MIT and LICENSE-APACHE.\n",
        env!("CARGO_PKG_VERSION"),
        env!("BUILD_TIMESTAMP"),
        env!("BUILD_HEAD"),
    )
}

/// Returns the version in one line.
pub(crate) fn short_version() -> Text<96> {
    let head = env!("BUILD_HEAD");
    let (hash, changed) = head.split_at(head.len().min(8));
    let mark = if changed.ends_with('+') { "+" } else { "" };
    Text::format(format_args!("daemonproxy version {} (git {hash}{mark})", env!("CARGO_PKG_VERSION")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(arguments: &[&str]) -> Vec<Result<(Does, String), String>> {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        Reader::new(arguments.iter().map(|argument| argument.as_bytes().to_vec()))
            .map(|item| match item {
                Ok((does, value)) => Ok((does, text(&value))),
                Err(mistake) => Err(text(mistake.as_bytes())),
            })
            .collect()
    }

    #[test]
    fn short_options_may_be_joined_and_take_whole_arguments() {
        let expected = [
            Ok((Does::Interactive, String::new())),
            Ok((Does::Config, "file".to_owned())),
            Ok((Does::Socket, "path".to_owned())),
            Ok((Does::Verbose, String::new())),
        ];
        assert_eq!(read(&["-icS", "file", "path", "--verbose"]), expected);
    }

    #[test]
    fn mistakes_are_reported_and_the_rest_is_read() {
        let arguments = ["-ixv", "--none", "--config=a", "--", "a", "-", "-c"];
        let read = read(&arguments);
        let mistakes: Vec<_> = read.iter().filter_map(|item| item.as_ref().err()).collect();
        assert_eq!(
            mistakes,
            [
                "Unknown option -x  (see --help)",
                "Unknown option --none  (see --help)",
                "Unknown option --config=a  (see --help)",
                "Unknown option --  (see --help)",
                "Unexpected argument \"a\"",
                "Unexpected argument \"-\"",
                "Missing argument for -c",
            ]
        );
        assert_eq!(read[2], Ok((Does::Verbose, String::new())));
    }

    #[test]
    fn guards_are_integers() {
        for (text, code) in [
            ("", Some(0)),
            ("0", Some(0)),
            ("-5", Some(-5)),
            ("9223372036854775807", Some(i64::MAX)),
            ("x", None),
        ] {
            assert_eq!(guard(text.as_bytes()), code, "{text}");
        }
    }

    #[test]
    fn the_help_has_a_line_for_each_option() {
        let help = help();
        assert!(help.contains("\n  -c --config       FILENAME  run the commands"), "{help}");
        assert!(help.contains("\n     --version                print"), "{help}");
        assert!(help.ends_with("full\n\n"));
        assert!(version().contains("\n build timestamp: ") && version().contains("LICENSE"));
    }
}
