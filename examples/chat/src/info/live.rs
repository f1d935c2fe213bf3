//! The connections on a terminal, as they change.

use std::io::{self, Stdout, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crossterm::cursor::{Hide, MoveTo, Show};
use crossterm::style::{Attribute, Print, SetAttribute};
use crossterm::terminal::{self, Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen};
use crossterm::{execute, queue};
use daemon_core::{Client, Result};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;

use super::marks::{Marks, Piece};
use crate::api::{Info, Link};
use crate::kernel::KernelClient;
use crate::kernel_address;

/// The time between two looks.
const PACE: Duration = Duration::from_millis(50);

/// How long a call to the kernel may take.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Shows the connections until a signal comes.
///
/// # Errors
///
/// If the kernel is not there at first, or the terminal fails.
pub(super) fn run(kernel: Option<&str>) -> Result<()> {
    let ended = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        flag::register(signal, Arc::clone(&ended))?;
    }
    let mut client = Some(connect(kernel)?);
    let mut marks = Marks::default();
    let mut screen = Screen::open()?;
    while !ended.load(Ordering::Relaxed) {
        let now = Instant::now();
        let seen = match client.as_mut().map(look) {
            Some(Ok((info, links))) => {
                marks.update(&links, now);
                Some(info)
            }
            Some(Err(_)) | None => {
                client = connect(kernel).ok();
                None
            }
        };
        // A terminal that does not know its size says 0.
        let (width, height) = match terminal::size()? {
            (0, _) | (_, 0) => (80, 24),
            known => known,
        };
        let lines = match &seen {
            Some(info) => marks.lines(info, width.into(), height.into(), now),
            None => {
                vec![vec![Piece { text: "the kernel is away; waiting …".to_owned(), highlighted: true }]]
            }
        };
        screen.draw(lines, (width, height))?;
        thread::sleep(if seen.is_some() { PACE } else { 10 * PACE });
    }
    Ok(())
}

fn connect(kernel: Option<&str>) -> Result<Client> {
    let mut client = kernel_address::connect(kernel)?;
    client.set_timeout(Some(TIMEOUT))?;
    Ok(client)
}

fn look(client: &mut Client) -> Result<(Info, Vec<Link>)> {
    let mut kernel = KernelClient(client);
    Ok((kernel.info()?, kernel.connections()?))
}

/// The terminal; it is as it was when this is dropped.
struct Screen {
    output: Stdout,
    shown: Vec<Vec<Piece>>,
    size: (u16, u16),
}

impl Screen {
    fn open() -> io::Result<Self> {
        let mut output = io::stdout();
        execute!(output, EnterAlternateScreen, Hide)?;
        Ok(Screen { output, shown: Vec::new(), size: (0, 0) })
    }

    /// Draws the lines that differ from what is shown.
    fn draw(&mut self, lines: Vec<Vec<Piece>>, size: (u16, u16)) -> io::Result<()> {
        if self.size != size || lines.len() < self.shown.len() {
            queue!(self.output, Clear(ClearType::All))?;
            self.shown.clear();
            self.size = size;
        }
        for (row, line) in (0..).zip(&lines) {
            if self.shown.get(usize::from(row)) == Some(line) {
                continue;
            }
            queue!(self.output, MoveTo(0, row), Clear(ClearType::UntilNewLine))?;
            for piece in line {
                let attribute = if piece.highlighted { Attribute::Reverse } else { Attribute::NoReverse };
                queue!(self.output, SetAttribute(attribute), Print(&piece.text))?;
            }
            queue!(self.output, SetAttribute(Attribute::Reset))?;
        }
        self.shown = lines;
        self.output.flush()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // The terminal may have gone.
        let _ = execute!(self.output, SetAttribute(Attribute::Reset), Show, LeaveAlternateScreen);
    }
}
