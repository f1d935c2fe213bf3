//! A daemon that declares services, and adds others.

use std::time::Duration;

use daemon_core::prelude::*;
use daemon_core::service::{Ready, Restart, Service, ServiceInfo};

/// I sell things.
#[daemon(
    name = "shop",
    services(
        till(
            command = "sh -c 'echo \"$GREETING\"; exec sleep 1000'",
            env(GREETING = "it's \"open\""),
            needs("stock"),
            log(file = "/dev/null", keep = 1),
            stop_signal = "SIGINT",
            groups("front"),
        ),
        stock(
            command("sleep", "1000"),
            ready(command("true")),
            backoff("10ms", "1s"),
            intensity(3, "1min"),
            recycle(memory = "900MiB"),
            limits(nofile = 256),
            umask = 0o027,
            nice = 1,
        ),
        nightly(
            command = "true",
            schedule(cron = "0 3 * * *"),
            restart = "never",
            when_given_up(retry = "1h")
        ),
        spare(command = "sleep 1000", autostart = false, stop_group),
    )
)]
#[derive(Default)]
struct Shop {
    answers: Vec<String>,
}

#[daemon]
impl Shop {
    /// Open a counter.
    #[rpc_method]
    fn open(&mut self, name: &str, daemon: &mut Context) -> Result<()> {
        let service = Service::new(["sleep", "1000"])
            .ready(Ready::Started)
            .restart(Restart::OnFailure)
            .stop_grace(Duration::from_secs(1))
            .group("counters")?;
        daemon.services().add(name, service)?.then(|shop: &mut Shop, added: Result<bool, Fault>, _| {
            shop.answers.push(added.map_or_else(|fault| fault.to_string(), |_| "added".to_owned()));
        });
        Ok(())
    }

    /// Close all counters; replies when they are closed.
    #[rpc_method]
    fn close(&mut self, reply: Reply<usize, Fault>, daemon: &mut Context) {
        daemon.services().stop("counters:*").then(|_: &mut Shop, stopped: Result<bool, Fault>, daemon| {
            if let Err(fault) = stopped {
                return reply.finish(Err(fault));
            }
            daemon.services().status(Some("counters:*")).then(
                |_: &mut Shop, infos: Result<Vec<ServiceInfo>, Fault>, _| {
                    reply.finish(infos.map(|infos| infos.len()));
                },
            );
        });
    }

    /// What became of the counters that were opened.
    #[rpc_method]
    fn answers(&self) -> Vec<String> {
        self.answers.clone()
    }

    /// Run a program by other means than the daemon, and wait for it.
    #[rpc_method]
    fn errand(&self) -> Result<Option<i32>> {
        let mut child = std::process::Command::new("sh").args(["-c", "exit 5"]).spawn()?;
        Ok(child.wait()?.code())
    }
}

fn main() -> std::process::ExitCode {
    daemon_core::main::<Shop>()
}
