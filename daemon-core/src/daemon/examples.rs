//! The examples of methods as tests: each is called on a daemon that has just started, and must return its result.

use serde_json::Value;

use super::registry;
use crate::context::{Context, Facts};
use crate::declare::{Daemon, Flags, Initial};
use crate::error::{Error, Result};
use crate::fault::Fault;
use crate::rpc::call::{Call, Completion, Mail, Outbox, Outcome};
use crate::rpc::method::{Example, Handler, Method};
use crate::rpc::output::Output;
use crate::rpc::params::{Params, Rewritten};
use crate::settings::Settings;
use crate::settings::layers::{Layer, Origin};

/// The most bytes of a reply.
const LONGEST: usize = 1 << 24;

/// Calls the examples of all methods of a daemon, and compares their results with what they are said to be.
///
/// Each example is called on a state of its own, as it is when `setup` has returned; flags have their defaults. So this
/// belongs in a test. An example of a method that replies later, or that runs in a thread or as a future, is not called;
/// nor are those of workers and of plugins.
///
/// # Errors
///
/// If `setup` fails, or if an example has another result, or a fault; the message names each.
///
/// ```
/// use daemon_core::prelude::*;
///
/// #[daemon]
/// #[derive(Default)]
/// struct Texts {}
///
/// #[daemon]
/// impl Texts {
///     /// Repeat a text.
///     #[rpc_method]
///     #[example(params("ho", 2), result = "hoho")]
///     fn repeat(&self, text: &str, times: usize) -> String {
///         text.repeat(times)
///     }
/// }
///
/// # fn main() -> Result<()> {
/// // #[test]
/// // fn the_examples_are_right() -> Result<()> {
/// daemon_core::check_examples::<Texts>()
/// # }
/// ```
pub fn check_examples<D: Daemon>() -> Result<()> {
    let mut wrong = Vec::new();
    for (_, method) in registry::own::<D>().filter(|(under, _)| *under == D::SPEC.name) {
        for (index, example) in method.spec.examples.iter().enumerate() {
            let name = method.spec.name.of(D::SPEC.name);
            if let Some(words) = check::<D>(method, &name, example)? {
                wrong.push(format!("{} of `{name}` {words}", example.name(index)));
            }
        }
    }
    match wrong.is_empty() {
        true => Ok(()),
        false => Err(Error::new(wrong.join("\n"))),
    }
}

/// Returns what is wrong with an example, if something is.
fn check<D: Daemon>(
    method: &Method<D, D::Settings>,
    name: &str,
    example: &Example,
) -> Result<Option<String>> {
    let expected = example.result();
    Ok(match call::<D>(method, name, example)? {
        None => None,
        Some(Ok(result)) if result == expected || method.spec.items.is_some() => None,
        Some(Ok(result)) => Some(format!("returns {result}, and not {expected}")),
        Some(Err(fault)) => {
            let data = fault.data().map_or_else(String::new, |data| format!(", {data}"));
            Some(format!("fails: {fault}{data}"))
        }
    })
}

/// Calls the method of an example; `None` if the reply comes later.
fn call<D: Daemon>(
    method: &Method<D, D::Settings>,
    name: &str,
    example: &Example,
) -> Result<Option<std::result::Result<Value, Fault>>> {
    let mut context = Context::new::<D>(Facts::new(D::SPEC.name, D::SPEC.version));
    let params = Value::from(example.values()).to_string();
    let (rewritten, mut output) = (Rewritten::new(), Output::new(LONGEST));
    let mut outbox = Outbox::new(LONGEST, || {});
    // It keeps the state, and with it a reply that comes later.
    let mut run = run::<D>(method, &mut context)?;
    let outcome = run(Call {
        params: Params::new(Some(&params), method.spec.params, &rewritten),
        output: &mut output,
        context: &mut context,
        outbox: &mut outbox,
        deferred: &mut None,
        method: name,
        subscribed: &mut None,
    });
    let json = match outcome {
        Ok(Completion::Written) => Ok(output.take()),
        Ok(Completion::Deferred(_) | Completion::Cancels) => match outbox.collect() {
            Some(Mail::Reply(reply)) => reply.outcome,
            Some(Mail::Items(_)) | None => return Ok(None),
        },
        Err(fault) => Err(fault),
    };
    Ok(Some(json.map(|json| serde_json::from_slice(&json).unwrap_or_default())))
}

/// A function that calls a method on a state of its own.
type Run = Box<dyn FnMut(Call<'_>) -> Outcome>;

/// Makes the state that a method needs.
fn run<D: Daemon>(method: &Method<D, D::Settings>, context: &mut Context) -> Result<Run> {
    let settings = settings::<D>()?;
    Ok(match method.run {
        Handler::Here(invoke) => {
            let mut state = D::SETUP(settings, context)?;
            Box::new(move |call| invoke(&mut state, call))
        }
        Handler::Pooled { invoke, .. } => Box::new(move |call| invoke(&settings, call)),
    })
}

/// Returns the settings that a daemon has when nothing sets its flags.
fn settings<D: Daemon>() -> Result<D::Settings> {
    let layers = [Layer::new(Origin::Declaration, |spec| D::SPEC.given(spec))];
    let (_, mut settings) = Settings::resolve(&layers, D::SPEC.options())?;
    let mut own = D::Settings::initial();
    settings.apply(D::Settings::FLAGS, &layers, &mut own).map_err(Error::new)?;
    Ok(own)
}
