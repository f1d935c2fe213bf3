//! HTTP on a unix socket, by curl and by bytes.

// A panic here fails the test.
#![allow(clippy::unwrap_used)]

use harness::Daemon;

const CANTEEN: &str = env!("CARGO_BIN_EXE_canteen");

#[test]
fn it_starts() {
    let daemon = Daemon::start(CANTEEN, &[]);
    daemon.finish();
}
