//! A timer may take its period from a field of the state, or of a struct in the state.

use std::time::Duration;

use daemon_core::prelude::*;

#[settings]
#[derive(Default)]
struct Settings {
    /// How often to read
    #[flag(default = "1min")]
    period: Duration,
}

#[daemon]
struct Meter {
    settings: Settings,
    pause: Span,
    limits: (Duration, Box<Settings>),
}

#[daemon]
impl Meter {
    fn setup(settings: Settings) -> Self {
        let limits = (settings.period * 2, Box::default());
        Meter { pause: settings.period.into(), settings, limits }
    }

    #[every(settings.period)]
    #[every(pause)]
    fn read(&mut self) {}

    #[every(limits.0)]
    #[every(limits.1.period)]
    fn send(&mut self) {}
}

#[worker]
#[derive(Default)]
struct Reader {
    /// How often to read
    #[flag(default = "1min")]
    state: Duration,
}

#[worker]
impl Reader {
    #[every(state)]
    fn read(&mut self, context: &mut Context) {
        context.alive();
    }
}

macro_rules! by_macro {
    ($ty:ident, $period:expr, $field:ident) => {
        #[worker]
        #[derive(Default)]
        struct $ty {
            /// How often to read
            #[flag(default = "1min")]
            $field: Duration,
        }

        #[worker]
        impl $ty {
            #[every($period)]
            #[every($field)]
            fn read(&mut self) {}
        }
    };
}

by_macro!(Other, pause, pause);

fn main() {}
