/// Everything that can be set.
///
/// And a long help.
#[daemon(
    name = "all",
    socket("unix:/run/all.sock", "tcp://127.0.0.1:7000"),
    pid_file = "/run/all.pid",
    mode = 0o660,
    nice = -5,
    umask = 0o027,
    cycle,
    limits(connections = 20_000, idle = "5min"),
)]
#[derive(Default)]
pub struct Settings;
