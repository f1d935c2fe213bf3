//! The user's own flags: settings that are fields of the daemon or of a worker.

pub use crate::settings::parse::{Parse, duration, from_str, many, one, option, path, switch};
pub use crate::settings::setting::{Arity, Setting as Flag, SettingSpec as FlagSpec};
