//! A suite whose callers show tokens, for tests.

use std::process::ExitCode;

use daemon_core::prelude::*;

/// I know who calls.
#[daemon(name = "gate", workers())]
#[derive(Default)]
struct Gate {}

/// What is known of a caller.
#[rpc_type]
#[derive(Debug, Default)]
struct Known {
    token: Option<String>,
    member: bool,
    uid: Option<u32>,
}

impl Known {
    fn of(context: &Context) -> Known {
        context.caller().map_or_else(Known::default, |caller| Known {
            token: caller.token().map(str::to_owned),
            member: caller.is_member(),
            uid: caller.uid(),
        })
    }
}

#[daemon(client = GateClient)]
impl Gate {
    /// Who calls?
    #[rpc_method(read_only, http = "GET /who")]
    fn who(&self, context: &mut Context) -> Known {
        Known::of(context)
    }

    /// For every token.
    #[rpc_method(allow(token), http = "GET /any")]
    fn any(&self) -> &'static str {
        "any"
    }

    /// For one token.
    #[rpc_method(allow(token = "ci"), http = "GET /one")]
    fn one(&self) -> &'static str {
        "one"
    }

    /// For members of the suite.
    #[rpc_method(read_only, allow(member))]
    fn inside(&self) -> &'static str {
        "inside"
    }

    /// For the owner.
    #[rpc_method(allow(owner))]
    fn own(&self) -> &'static str {
        "own"
    }
}

/// I call the gate.
#[daemon(name = "visitor", workers(), needs(Gate))]
#[derive(Default)]
struct Visitor {}

#[daemon]
impl Visitor {
    /// Go inside, so many times; how often did that work?
    #[rpc_method(thread)]
    fn visit(times: u32) -> Result<u32> {
        let mut gate = GateClient::discover()?;
        let mut done = 0;
        for _ in 0..times {
            done += u32::from(gate.inside()? == "inside");
        }
        Ok(done)
    }
}

fn main() -> ExitCode {
    daemon_core::suite("castle").add::<Gate>().add::<Visitor>().main()
}
