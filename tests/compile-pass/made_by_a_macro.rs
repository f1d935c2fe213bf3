//! A daemon may be written by `macro_rules!`, which passes types and values in invisible groups.

use daemon_core::prelude::*;

mod numbers {
    use daemon_core::prelude::*;

    macro_rules! handler {
        ($text:ty, $count:ty, $value:expr) => {
            #[rpc_method(daemon = super::Plain)]
            fn handler(
                state: &mut super::Plain,
                text: $text,
                #[param(default = $value)] count: $count,
            ) -> $count {
                state.seen += text.len();
                count
            }
        };
    }

    handler!(&str, u32, 3);
}

#[daemon]
#[derive(Default)]
struct Plain {
    seen: usize,
}

#[daemon]
impl Plain {}

mod signed {
    use daemon_core::prelude::*;

    macro_rules! state {
        ($name:literal, $count:ty, $text:ty, $step:expr, $period:literal, $pause:expr, $field:ident) => {
            #[daemon(name = $name, nice = 5)]
            #[derive(Default)]
            struct Counter {
                #[flag(long = $name, default = "1")]
                step: $count,
                #[flag]
                on: Option<bool>,
                #[flag(default = $period)]
                $field: std::time::Duration,
                total: $count,
            }

            #[daemon]
            impl Counter {
                #[rpc_method(name = $name)]
                fn count(&mut self, label: $text, #[param(default = $step)] by: $count) -> Result<$count> {
                    self.total += by * self.step;
                    self.total += <$count>::try_from(label.len()).unwrap_or_default();
                    Ok(self.total)
                }

                #[every($period)]
                #[every($pause)]
                #[every($field)]
                fn reset(&mut self) {
                    self.on = None;
                }
            }
        };
    }

    state!("count", i64, &str, 2 + 1, "1s", "2s", pause);
}

mod working {
    use daemon_core::prelude::*;

    macro_rules! worker {
        ($name:literal, $ty:ident, $count:ty, $config:ty, $times:literal, $period:literal) => {
            #[worker(name = $name, count = $times, every = $period, intensity($times, $period))]
            #[derive(Default)]
            struct $ty {
                total: $count,
            }

            #[worker]
            impl $ty {
                #[rpc_method]
                fn count(&mut self, by: $count) -> $count {
                    self.total += by;
                    self.total
                }

                fn tick(&mut self) {}
            }

            #[daemon(workers($ty), pool(name = $name, count = $times, timeout = $period))]
            #[derive(Default)]
            struct Office;

            #[daemon]
            impl Office {
                #[rpc_method(worker = $name, timeout = $period)]
                fn twice(_config: $config, count: $count) -> $count {
                    count * 2
                }
            }
        };
    }

    worker!("counter", Counter, u64, &Self, 3, "1s");
}

mod plugged {
    use daemon_core::prelude::*;

    macro_rules! plugin {
        ($daemon:ident, $ty:ident, $state:ty, $period:literal, $signal:ident) => {
            #[daemon]
            #[derive(Default)]
            struct $daemon;

            #[daemon]
            impl $daemon {}

            #[daemon(more)]
            impl $daemon {
                #[on_signal($signal)]
                fn one(&mut self) {}
            }

            #[daemon(more)]
            impl $daemon {
                #[on_signal($signal)]
                fn other(&mut self) {}
            }

            #[on_signal($signal, daemon = $daemon)]
            #[every($period)]
            fn free(_state: $state) {}

            #[plugin(daemon = $daemon)]
            #[derive(Default)]
            struct $ty;

            #[plugin]
            impl $ty {
                #[rpc_method]
                fn both(&mut self, _daemon: $state) {}

                #[every($period)]
                fn tick(&mut self, _daemon: $state) {}
            }
        };
    }

    plugin!(Vault, Metrics, &mut Vault, "1s", SIGUSR1);
}

fn main() {}
