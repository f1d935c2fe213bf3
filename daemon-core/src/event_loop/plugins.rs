//! The hooks of plugins, when the daemon starts and ends.

use tracing::error;

use super::user_code::UserCode;
use crate::context::Context;
use crate::declare::plugin::PluginType;
use crate::error::{Error, Result};
use crate::reactions::Panic;

/// Calls the setup of each plugin, in order, when the daemon has its state.
///
/// # Errors
///
/// The first error of a setup; the others are not called.
pub(super) fn set_up<S: 'static>(
    plugins: &[&PluginType<S>],
    state: &mut S,
    context: &mut Context,
) -> Result<()> {
    plugins.iter().try_for_each(|plugin| match plugin.setup {
        Some(setup) => Panic::Fails
            .guard("setup", || setup(state, context))
            .map_err(|error| of_plugin(plugin, "setup", error)),
        None => Ok(()),
    })
}

/// Calls the teardown of each plugin, in reverse order.
///
/// # Errors
///
/// The first error of a teardown; the others are logged.
pub(super) fn tear_down<S: 'static>(plugins: &[&PluginType<S>], user: &mut UserCode<S>) -> Result<()> {
    let mut ended = Ok(());
    for plugin in plugins.iter().rev() {
        let Err(error) = user.hook(plugin.teardown, "teardown") else { continue };
        let error = of_plugin(plugin, "teardown", error);
        match ended {
            Ok(()) => ended = Err(error),
            Err(_) => error!("{}", error.report()),
        }
    }
    ended
}

fn of_plugin<S>(plugin: &PluginType<S>, hook: &str, error: Error) -> Error {
    Error::new(format!("the `{hook}` of the plugin `{}` failed", plugin.spec.name)).because(error)
}
