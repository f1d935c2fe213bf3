//! The start: from the command line to the first turn.

use std::fmt::Display;
use std::io::Write;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;
use std::{env, io};

use daemon_core::supervision::{Launcher, Turn, trim_memory};
use nix::errno::Errno;
use nix::fcntl::{OFlag, open};
use nix::sys::mman::{MlockAllFlags, mlockall};
use nix::sys::stat::{Mode, umask};
use nix::unistd::{ForkResult, getpid, setsid};

use crate::clock;
use crate::control_socket::ControlSocket;
use crate::controller::Kind;
use crate::controllers::Controllers;
use crate::descriptor::{Descriptor, Stream};
use crate::ending::{Ending, Fault};
use crate::handles::{self, Handles};
use crate::life::Reaped;
use crate::log::{Level, Log};
use crate::options::{self, Does, Reader, quote};
use crate::pool::{self, Limits, Size};
use crate::proxy::Proxy;
use crate::services::Services;
use crate::signals::{COUNTED, Counts, SWALLOWED};
use crate::sys::{self, fatal, successor};
use crate::text::{Line, Text};

/// What only the owner of a new file may do with it.
const MASK: u16 = 0o077;
/// The config of process 1, if no option names another one.
const INIT_CONFIG: &[u8] = b"/etc/daemonproxy.conf";
/// The bytes of a command, which bound the arguments and the handles of a service.
const COMMAND: usize = 1024;

/// What the command line asks for.
#[derive(Default)]
struct Options {
    config: Option<Vec<u8>>,
    /// Whether a config that does not exist is only reported.
    config_is_optional: bool,
    interactive: bool,
    socket: Option<Vec<u8>>,
    daemonize: bool,
    handle_pool: Option<Size>,
    service_pool: Option<Size>,
    lock_memory: bool,
}

/// What works before there is anything else.
struct Early {
    log: Log,
    guard: i64,
    options: Options,
}

/// Starts the program and runs its loop. `started` is called when the start is over.
pub(crate) fn run(started: fn()) -> ! {
    umask(Mode::from_bits_truncate(MASK.into()));
    // This comes before any descriptor of our own.
    let inherited: Vec<(i32, OwnedFd)> = handles::inherited().collect();
    successor::prepare();
    let early = Early::read(env::args_os().skip(1).map(OsStringExt::into_vec));
    let mut proxy = early.into_proxy(inherited);
    started();
    loop {
        let turns = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            loop {
                proxy.turn();
            }
        }));
        let Err(_) = turns;
        proxy.fatal(Fault::Internal, format_args!("internal error: a turn has failed"));
    }
}

impl Early {
    /// Reads the command line. Each argument acts at once.
    fn read(arguments: impl Iterator<Item = Vec<u8>>) -> Self {
        let is_init = getpid().as_raw() == 1;
        let options = Options {
            config: is_init.then(|| INIT_CONFIG.to_vec()),
            config_is_optional: is_init,
            ..Options::default()
        };
        let mut early = Early { log: Log::new(), guard: i64::from(is_init), options };
        for item in Reader::new(arguments) {
            let result = item.and_then(|(does, value)| early.apply(does, value));
            if let Err(mistake) = result {
                early.fatal(&mistake);
            }
        }
        let options = &early.options;
        if options.config.is_none() && !options.interactive && options.socket.is_none() {
            early.fault(Fault::Usage, "require -i or -c or -S");
        }
        early
    }

    fn apply(&mut self, does: Does, value: Vec<u8>) -> Result<(), options::Mistake> {
        match does {
            Does::Config => {
                let path = Path::new(std::ffi::OsStr::from_bytes(&value));
                if value != b"-" && path.metadata().is_err() {
                    return Err(quote("Cannot stat configfile", &value));
                }
                (self.options.config, self.options.config_is_optional) = (Some(value), false);
            }
            Does::Interactive => self.options.interactive = true,
            Does::Socket => self.options.socket = Some(value),
            Does::Daemonize => self.options.daemonize = true,
            Does::Guard => {
                let code = options::guard(&value);
                self.guard = code.ok_or_else(|| Box::new(Text::of(b"Terminate guard must be an integer")))?;
            }
            Does::Exec if successor::set(&value) => {}
            Does::Exec => return Err(Box::new(Text::of(b"exec-on-exit arguments exceed buffer size"))),
            Does::HandlePool => self.options.handle_pool = Some(size(&value)?),
            Does::ServicePool => self.options.service_pool = Some(size(&value)?),
            Does::LockMemory => self.options.lock_memory = true,
            Does::Verbose => self.log.filter = self.log.filter.read(b"-").unwrap_or(Level::None),
            Does::Quiet => self.log.filter = self.log.filter.read(b"+").unwrap_or(Level::Fatal),
            Does::Help => self.print(&options::help()),
            Does::Version => self.print(&options::version()),
        }
        Ok(())
    }

    /// Prints a page, and ends.
    fn print(&mut self, page: &str) {
        // Nobody reads it if that fails.
        let _ = io::stdout().write_all(page.as_bytes()).and_then(|()| io::stdout().flush());
        let mut ending = self.ending();
        ending.leave(1, b"");
        ending.exit(1)
    }

    fn ending(&mut self) -> Ending<'_> {
        Ending { log: &mut self.log, handles: None, services: None }
    }

    fn fatal(&mut self, text: &options::Mistake) {
        self.fault(Fault::Usage, std::str::from_utf8(text.as_bytes()).unwrap_or("a bad argument"));
    }

    fn fault(&mut self, fault: Fault, text: &str) {
        let guard = self.guard;
        self.ending().fatal(guard, fault, format_args!("{text}"));
    }

    /// Returns what a part of the start has made. Without it there is no program, guard or not.
    fn required<T, E: Display>(&mut self, fault: Fault, result: Result<T, E>) -> T {
        match result {
            Ok(made) => made,
            Err(error) => {
                self.guard = 0;
                self.fault(fault, &error.to_string());
                sys::exit_now(fault.exit_code())
            }
        }
    }

    /// Makes everything that the program works with.
    fn into_proxy(mut self, inherited: Vec<(i32, OwnedFd)>) -> Proxy {
        let handles = self.handles(inherited);
        let turn = self.required(Fault::SignalSetup, Turn::new(&[&COUNTED[..], &SWALLOWED].concat()));
        fatal::handle();
        let services = self.fit(self.options.service_pool, &pool::SERVICES);
        let launcher = self.required(Fault::Surroundings, Launcher::new());
        let now = clock::now();
        let mut proxy = Proxy {
            turn,
            log: self.log,
            handles,
            services: Services::new(services),
            counts: Counts::new(),
            controllers: Controllers::new(now),
            socket: ControlSocket::new(),
            launcher,
            reaped: Reaped::new(),
            guard: self.guard,
            now,
        };
        proxy.launcher.reserve(COMMAND, COMMAND);
        proxy.turn.supervisor.reserve(services.map_or(0, |(slots, _)| slots));
        proxy.turn.supervisor.reap_strangers();
        proxy.open(self.options);
        proxy
    }

    fn handles(&mut self, inherited: Vec<(i32, OwnedFd)>) -> Handles {
        let size = self.fit(self.options.handle_pool, &pool::HANDLES);
        let handles = Handles::new(size).map_err(|error| format!("Cannot open /dev/null: {}", error.desc()));
        let mut handles = self.required(Fault::Surroundings, handles);
        if handles.add_first(inherited.into_iter()).is_err() {
            self.fault(Fault::Usage, "Not enough FD objects for the descriptors that are open at the start");
        }
        handles
    }

    /// Returns the size of a pool within its limits.
    fn fit(&mut self, size: Option<Size>, limits: &Limits) -> Option<(usize, usize)> {
        let log = &mut self.log;
        Some(size?.fit(limits, |text| log.bytes(Level::Warning, format_args!(""), text.as_bytes())))
    }
}

/// Reads the size of a pool.
fn size(value: &[u8]) -> Result<Size, options::Mistake> {
    Size::read(value).ok_or_else(|| quote("Expected 'N' or 'NxM', not", value))
}

impl Proxy {
    /// Opens what the command line asks for, and goes to the background if it does.
    fn open(&mut self, options: Options) {
        if let Some(path) = &options.socket
            && let Err(error) = self.socket.create(path, &self.turn)
        {
            self.fatal(
                Fault::Surroundings,
                format_args!("Failed to create control socket: {}", error.desc()),
            );
        }
        if options.interactive {
            self.open_interactive();
        }
        if let Some(path) = &options.config
            && let Err(error) = self.open_config(path)
        {
            self.no_config(path, error, options.config_is_optional);
        }
        match options.lock_memory {
            true => self.lock_memory(),
            false => trim_memory(),
        }
        if options.daemonize {
            self.daemonize(&options);
        }
    }

    fn open_interactive(&mut self) {
        let (source, sink) = (self.handles.take_standard(b"stdin"), self.handles.take_standard(b"stdout"));
        if let Some(id) = self.controllers.add(Kind::Interactive, source, sink, &self.turn) {
            let version = options::short_version();
            self.controllers.send(id, &Line::of(b"info\t").join(version.as_bytes()), &mut self.log);
            self.send(id, b"info\tone command a line, with a tab between its fields");
        }
    }

    fn open_config(&mut self, path: &[u8]) -> Result<(), Errno> {
        let source = if path == b"-" {
            self.handles.take_standard(b"stdin").ok_or(Errno::EBUSY)?
        } else {
            let flags = OFlag::O_RDONLY | OFlag::O_NONBLOCK | OFlag::O_NOCTTY | OFlag::O_CLOEXEC;
            Descriptor::Owned(open(path, flags, Mode::empty())?)
        };
        let id = self.controllers.add(Kind::Config, Some(source), None, &self.turn);
        id.map(drop).ok_or(Errno::EBUSY)
    }

    fn no_config(&mut self, path: &[u8], error: Errno, is_optional: bool) {
        let mut text = quote("Cannot open configfile", path);
        text.push(b": ").push(sys::describe(error).as_bytes());
        match is_optional {
            true => self.log.bytes(Level::Error, format_args!(""), text.as_bytes()),
            false => {
                let text = String::from_utf8_lossy(text.as_bytes());
                self.fatal(Fault::Surroundings, format_args!("{text}"));
            }
        }
    }

    fn lock_memory(&mut self) {
        if let Err(error) = mlockall(MlockAllFlags::MCL_CURRENT | MlockAllFlags::MCL_FUTURE) {
            self.log.bytes(Level::Error, format_args!("mlockall: "), sys::describe(error).as_bytes());
        }
    }

    /// Goes to the background: the parent prints the number of the child, and ends.
    fn daemonize(&mut self, options: &Options) {
        if options.interactive || getpid().as_raw() == 1 {
            let text = format_args!("Ignoring --daemonize, with --interactive or as process 1");
            return self.log.line(Level::Warning, text);
        }
        self.flush_log();
        match sys::fork() {
            Ok(ForkResult::Parent { child }) => {
                let text = Text::<16>::format(format_args!("{child}"));
                let _ = nix::unistd::write(sys::standard(Stream::OUTPUT), text.as_bytes());
                sys::exit_now(0)
            }
            Ok(ForkResult::Child) => {
                // It leads no group yet.
                let _ = setsid();
                for name in [&b"stdin"[..], b"stdout", b"stderr"] {
                    self.handles.take_standard(name);
                }
                self.log.hold();
                // A child has none of the locks of its parent.
                if options.lock_memory {
                    self.lock_memory();
                }
            }
            Err(error) => self.fatal(Fault::Surroundings, format_args!("fork failed: {}", error.desc())),
        }
    }
}
