//! A daemon that speaks TLS.

use std::process::ExitCode;

use daemon_core::prelude::*;

/// I reply, over TLS.
#[daemon(name = "secured", dialects(json, http))]
#[derive(Default)]
struct Secured {}

#[daemon]
impl Secured {
    /// Reply the message.
    #[rpc_method(name = "my.echo")]
    fn echo(&self, message: String) -> String {
        message
    }

    /// Reply the fingerprint of the caller's certificate.
    #[rpc_method(name = "my.whoami")]
    fn whoami(&self, context: &mut Context) -> Option<String> {
        context.caller()?.certificate().map(str::to_owned)
    }
}

fn main() -> ExitCode {
    daemon_core::main::<Secured>()
}
