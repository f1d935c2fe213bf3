//! A signal by its number and its name. The handlers are in [`signals`](crate::signals).

use std::fmt;

use nix::libc;

/// A POSIX signal that a daemon can listen to, by number and by name.
///
/// ```
/// use daemon_core::Signal;
///
/// assert_eq!(Signal::SIGUSR1.to_string(), "SIGUSR1");
/// assert_eq!(Signal::SIGTERM.number(), 15);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Signal(i32);

macro_rules! signals {
    ($($name:ident)*) => {
        impl Signal {
            $(
                #[doc = concat!("`", stringify!($name), "` of signal(7)")]
                pub const $name: Signal = Signal(libc::$name);
            )*

            /// Every signal that a daemon can listen to.
            pub(crate) const ALL: &[Signal] = &[$(Signal::$name),*];

            /// The name as in signal(7), such as `SIGHUP`.
            pub fn name(self) -> &'static str {
                $(if self == Signal::$name { return stringify!($name); })*
                "signal"
            }
        }
    };
}

// Without those that a process cannot catch (KILL, STOP) or that report its own mistake (SEGV, FPE, ILL, BUS).
signals! {
    SIGHUP SIGINT SIGQUIT SIGUSR1 SIGUSR2 SIGALRM SIGTERM SIGCHLD SIGCONT SIGTSTP SIGTTIN SIGTTOU SIGURG
    SIGXCPU SIGXFSZ SIGVTALRM SIGPROF SIGWINCH SIGIO SIGPWR
}

impl Signal {
    /// The number of the signal on this system.
    pub fn number(self) -> i32 {
        self.0
    }

    pub(crate) fn from_number(number: i32) -> Signal {
        Signal(number)
    }
}

impl fmt::Debug for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
