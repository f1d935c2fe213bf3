//! `daemonproxy`: a supervisor of services that decides nothing by itself.
//!
//! It starts, signals and reaps services, keeps named descriptors open, and reports everything that happens as events. A
//! *controller* reads the events and answers with commands: a script of yours, which may crash, hang or be replaced while the
//! services run on. The program can restart the script, and tells it where things stand.
//!
//! # Use
//!
//! ```sh
//! daemonproxy -i                  # try it: commands on standard input, events on standard output
//! daemonproxy -c /etc/proxy.conf  # run the commands of a file
//! daemonproxy -S control.sock     # accept controllers on a socket
//! daemonproxy --help              # all options
//! ```
//!
//! A command is a line with a tab between its fields; an event is, too. Here a service writes its messages into a pipe, which a
//! second service reads. Both are restarted when they end, at most once in two seconds, and the pipe stays:
//!
//! ```text
//! fd.pipe          log.r  log.w
//! service.args     logger  tee  -a  messages
//! service.fds      logger  log.r  null  stderr
//! service.auto_up  logger  2  always
//! service.args     web  ./web-server  --port  8080
//! service.fds      web  null  log.w  log.w
//! service.auto_up  web  2  always
//! ```
//!
//! And this is all that a config needs if a script is in control:
//!
//! ```text
//! service.args     my_controller  ./my-controller
//! service.fds      my_controller  control.event  control.cmd  stderr
//! service.auto_up  my_controller  1  always
//! ```
//!
//! The script begins with `statedump` and an `echo` of a word of its own, and reads events until that word comes back: then it
//! knows everything. If it reads too slowly, events are dropped, and it finds the line `overflow` instead; it asks for the
//! state again.
//!
//! # Limits
//!
//! Two controllers at a time. A line has at most 1023 bytes. A controller that refuses events for 30 seconds is cut off; it
//! can choose another time. The log waits in a buffer of 1024 bytes, and what does not fit is counted. With `--fd-pool` and
//! `--service-pool`, all memory is made at the start, and nothing is allocated later. When the program ends, services are left
//! running.
//!
//! # Code
//!
//! One thread, one loop: `proxy::Proxy::turn` is a turn. `controller` has a connection's buffers, without I/O; `controllers`
//! reads and writes; `commands` is a table of names and functions; `services`, `handles` and `signals` are tables;
//! `life` starts and reaps, by the supervisor of `daemon_core::supervision`; `ending` is every way out; `sys` has all unsafe
//! code.

fn main() {
    proxy::run(|| {});
}
