//! The states of plugins, which are kept beside that of the daemon, and the way of closures to the state that they
//! name.

use std::any::{Any, type_name};
use std::cell::RefCell;
use std::rc::Rc;

use super::Context;
use crate::error::{Error, Result};

/// The states of a daemon's plugins, one of each type.
#[derive(Default)]
pub(crate) struct Plugins(Vec<Rc<dyn Any>>);

impl Plugins {
    fn find<P: 'static>(&self) -> Option<Rc<RefCell<P>>> {
        let state = self.0.iter().find(|state| state.is::<RefCell<P>>())?;
        state.clone().downcast().ok()
    }
}

impl Context {
    /// Keeps the state of a plugin.
    pub(crate) fn plug(&mut self, state: Rc<dyn Any>) {
        self.plugins.0.push(state);
    }

    /// Whether closures can run on a state of this type, which is not that of the daemon.
    pub(super) fn has_plugin<P: 'static>(&self) -> bool {
        self.plugins.find::<P>().is_some()
    }

    /// Returns the state of a plugin, to borrow while one of its functions runs.
    ///
    /// # Errors
    ///
    /// If the daemon has no such plugin.
    pub(crate) fn plugin<P: 'static>(&self) -> Result<Rc<RefCell<P>>> {
        let missing = || Error::new(format!("this daemon has no plugin `{}`", type_name::<P>()));
        self.plugins.find().ok_or_else(missing)
    }
}

/// Runs a closure on the state that it names: that of the daemon, which is `state`, or that of a plugin.
pub(crate) fn on_state<S: 'static>(
    state: &mut dyn Any,
    context: &mut Context,
    run: impl FnOnce(&mut S, &mut Context),
) {
    if let Some(state) = state.downcast_mut() {
        return run(state, context);
    }
    // What was checked when the closure was accepted is still so.
    if let Ok(plugin) = context.plugin::<S>()
        && let Ok(mut state) = plugin.try_borrow_mut()
    {
        run(&mut state, context);
    }
}

#[cfg(test)]
mod tests {
    use super::super::Facts;
    use super::*;

    struct Metrics(u32);

    #[test]
    fn a_closure_runs_on_the_state_that_it_names() {
        let mut context = Context::new::<String>(Facts::new("plugged", "0"));
        context.plug(Rc::new(RefCell::new(Metrics(1))));
        let mut state = String::new();
        on_state(&mut state, &mut context, |state: &mut String, _| state.push('a'));
        on_state(&mut state, &mut context, |metrics: &mut Metrics, _| metrics.0 += 1);
        on_state(&mut state, &mut context, |_: &mut u8, _| panic!("there is no such state"));
        assert_eq!((state.as_str(), context.plugin::<Metrics>().unwrap().borrow().0), ("a", 2));
    }

    #[test]
    fn a_plugin_has_handles_and_timers_and_another_type_has_none() {
        let mut context = Context::new::<String>(Facts::new("plugged", "0"));
        context.plug(Rc::new(RefCell::new(Metrics(1))));
        context.handle::<Metrics>().run(|metrics, _| metrics.0 += 1).unwrap();
        context.inbox().pop().unwrap()(&mut String::new(), &mut context);
        assert_eq!(context.plugin::<Metrics>().unwrap().borrow().0, 2);
        let of_nothing = std::panic::AssertUnwindSafe(|| context.handle::<u8>());
        assert!(std::panic::catch_unwind(of_nothing).is_err());
    }
}
