//! The services of a daemon: `services`, or `services(web(command = "…"), db(…))`.

use proc_macro2::{Ident, TokenStream};
use syn::parse::{Parse, ParseStream};
use syn::{parenthesized, token};

use super::list::Argument;
use super::{Arg, Given, Grammar, items};

/// The services that a daemon declares; none if it only may have some.
pub(crate) struct Services {
    /// The word `services`.
    pub(crate) place: Ident,
    pub(crate) declared: Vec<Service>,
}

/// One service, as written.
pub(crate) struct Service {
    pub(crate) name: Ident,
    pub(crate) settings: TokenStream,
}

impl Argument for Services {
    fn read(arg: &Arg) -> Option<Self> {
        let declared = match &arg.given {
            Given::Nothing => Vec::new(),
            Given::List(list) => items(list.clone())?,
            Given::Value(_) => return None,
        };
        Some(Services { place: arg.name.clone(), declared })
    }
}

impl Parse for Service {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name = input.parse()?;
        if !input.peek(token::Paren) {
            return Err(input.error("expected the settings of a service"));
        }
        let settings;
        parenthesized!(settings in input);
        Ok(Service { name, settings: settings.parse()? })
    }
}

macro_rules! grammar {
    ($name:ident: $($argument:literal = $example:literal,)*) => {
        pub(crate) const $name: Grammar = Grammar {
            what: "argument",
            known: &[$(($argument, $example)),*],
            repeats: &[],
        };
    };
}

grammar! { SERVICE:
    "command" = "command = \"sleep 60\"",
    "env" = "env(LANG = \"C\")",
    "inherit_env" = "inherit_env(\"PATH\", \"LANG\")",
    "directory" = "directory = \"/srv/web\"",
    "user" = "user = \"www-data\"",
    "user_groups" = "user_groups(\"www-data\")",
    "nice" = "nice = 5",
    "limits" = "limits(nofile = 1024)",
    "umask" = "umask = 0o027",
    "ready" = "ready = \"tcp:127.0.0.1:8000\"",
    "start_timeout" = "start_timeout = \"30s\"",
    "needs" = "needs(\"db\")",
    "restart" = "restart = \"on-failure\"",
    "backoff" = "backoff(\"100ms\", \"30s\")",
    "intensity" = "intensity(10, \"1min\")",
    "min_uptime" = "min_uptime = \"1s\"",
    "when_given_up" = "when_given_up = \"end-daemon\"",
    "recycle" = "recycle(memory = \"200MiB\", age = \"1h\")",
    "stop_signal" = "stop_signal = \"SIGINT\"",
    "stop_grace" = "stop_grace = \"5s\"",
    "stop_group" = "stop_group",
    "orphan" = "orphan = \"stop\"",
    "log" = "log = \"/var/log/web.log\"",
    "schedule" = "schedule(cron = \"0 3 * * *\")",
    "groups" = "groups(\"front\")",
    "autostart" = "autostart = false",
    "main" = "main",
}

grammar! { READY:
    "command" = "command = \"pg_isready\"",
}

grammar! { GIVEN_UP:
    "retry" = "retry = \"10min\"",
    "command" = "command = \"page-me\"",
}

grammar! { RECYCLE:
    "memory" = "memory = \"200MiB\"",
    "age" = "age = \"1h\"",
}

grammar! { LOG:
    "file" = "file = \"/var/log/web.log\"",
    "max_size" = "max_size = \"10MiB\"",
    "keep" = "keep = 5",
}

grammar! { SCHEDULE:
    "every" = "every = \"1h\"",
    "cron" = "cron = \"0 3 * * *\"",
}

grammar! { RESOURCES:
    "as" = "as = 1073741824",
    "core" = "core = 0",
    "cpu" = "cpu = 60",
    "data" = "data = 1073741824",
    "fsize" = "fsize = 1073741824",
    "memlock" = "memlock = 65536",
    "msgqueue" = "msgqueue = 819200",
    "nice" = "nice = 0",
    "nofile" = "nofile = 1024",
    "nproc" = "nproc = 64",
    "rss" = "rss = 1073741824",
    "rtprio" = "rtprio = 0",
    "rttime" = "rttime = 1000000",
    "sigpending" = "sigpending = 1024",
    "stack" = "stack = 8388608",
}
