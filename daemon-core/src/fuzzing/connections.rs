//! A connection of any dialect: whatever bytes come, in whatever pieces.

use super::kitchen::{ANSWER, Kitchen};
use super::pieces;
#[cfg(feature = "http")]
use crate::dialect::http::usual::glance;
use crate::dialect::{Dialect, Dialects, Next, Rest};
use crate::rpc::output::Output;
#[cfg(feature = "http")]
use crate::settings::limits::Limits;

const ALL: Dialects = Dialects { json: true, http: true, mcp: true, varlink: true, xml: true };

/// Checks that a connection gets the same answers in whatever pieces its bytes come, and that none of them waits for
/// ever.
///
/// The first four bytes are the lengths of the pieces, in turn.
pub fn connections(data: &[u8]) {
    let Some((lengths, stream)) = data.split_first_chunk::<4>() else { return };
    let expected = text(answers([stream].into_iter()));
    assert_eq!(text(answers(pieces(stream, *lengths))), expected, "in pieces");
    assert_eq!(text(answers(stream.chunks(1))), expected, "one byte at a time");
    #[cfg(feature = "http")]
    the_fast_path_of_http_writes_what_hyper_would(stream);
}

/// Checks the first request of a stream. When its last byte comes alone, hyper has read the others.
#[cfg(feature = "http")]
fn the_fast_path_of_http_writes_what_hyper_would(stream: &[u8]) {
    let Some(usual) = glance(stream, Limits::default().frame) else { return };
    let request = &stream[..usual.length];
    let (most, last) = request.split_at(request.len() - 1);
    let lines = |output: Output| {
        let text = String::from_utf8_lossy(output.bytes()).into_owned();
        text.split_inclusive('\n').filter(|line| !line.starts_with("date: ")).collect::<String>()
    };
    assert_eq!(lines(answers([request].into_iter())), lines(answers([most, last].into_iter())));
}

/// Serves a connection as the event loop does, and returns all answers.
fn answers<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Output {
    let (mut kitchen, mut machine) = (Kitchen::new(), Dialect::new(false, ALL));
    let (mut held, mut output) = (Vec::new(), Output::new(ANSWER));
    for piece in pieces {
        held.extend_from_slice(piece);
        if serve(&mut kitchen, &mut machine, &mut held, &mut output) == Next::End {
            return output;
        }
    }
    machine.end(held.len(), &mut output);
    let end = serve(&mut kitchen, &mut machine, &mut held, &mut output);
    assert!(end == Next::End || machine.rest(held.len()) == Rest::Nothing, "{} bytes are left", held.len());
    output
}

/// Serves what is held, until more is needed. Late replies come at once.
fn serve(kitchen: &mut Kitchen, machine: &mut Dialect, held: &mut Vec<u8>, output: &mut Output) -> Next {
    // More rounds than any stream has bytes: it makes no progress.
    for _ in 0..100_000 {
        let step = machine.input(held, &mut kitchen.server(), output);
        held.drain(..step.used);
        for (call, outcome) in kitchen.late_replies() {
            machine.reply(call, outcome, output);
        }
        match (step.next, machine.rest(held.len())) {
            (Next::End, _) => return Next::End,
            (_, Rest::Waits) => panic!("an answer is missing"),
            (Next::Again, _) | (Next::More, Rest::Request) => {}
            (Next::More, Rest::Start | Rest::Nothing) => return Next::More,
        }
    }
    panic!("it makes no progress");
}

/// Returns the answers without what may differ: the time, whether a body has come with its head, and the version in a
/// refusal of hyper, which is that of the request before if there was one.
fn text(mut output: Output) -> String {
    let text = String::from_utf8_lossy(&output.take()).replace("HTTP/1.1 100 Continue\r\n\r\n", "");
    let differs = |line: &&str| line.starts_with("date: ") || line.starts_with("connection: ");
    let lines: Vec<&str> = text.split('\n').filter(|line| !differs(line)).collect();
    lines.join("\n").replace("HTTP/1.0 ", "HTTP/1.1 ")
}
