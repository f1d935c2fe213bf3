//! The services of a daemon, checked. They become JSON, which the daemon reads like any other service.
//!
//! What only the system knows is left to the start: users, groups, and the words of a command.

use std::collections::BTreeMap;

use proc_macro2::Ident;
use syn::{Expr, LitStr};

use super::name::Taken;
use super::number::{check_nice, check_range};
use super::{period, size};
use crate::args::{self, Arg, Args, Given, Grammar, Number, Value, text_of};
use crate::errors::Errors;
use crate::{features, spell};

/// A service: its name, and what it is, as JSON.
pub(crate) struct Service {
    pub(crate) name: String,
    pub(crate) json: String,
}

/// The kinds of restart.
const RESTARTS: [&str; 3] = ["always", "on-failure", "never"];

/// The signals that ask a program to stop.
const STOP_SIGNALS: [&str; 12] = [
    "SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGABRT", "SIGKILL",
    "SIGWINCH", "SIGCONT", "SIGPWR",
];

/// Checks the services that a daemon declares.
pub(super) fn services(given: &args::Services, errors: &mut Errors) -> Vec<Service> {
    features::require(features::SERVICES, &given.place, errors);
    let (mut taken, mut needs) = (Taken::new(), BTreeMap::new());
    let mut services = Vec::new();
    for declared in &given.declared {
        let name = spell::plain(&declared.name);
        taken.take(name.clone(), &declared.name, &declared.name, errors, |first| {
            format!("two services are called `{first}`; give one of them another name")
        });
        let mut service = Settings::new();
        service.read(declared, errors);
        needs.insert(name.clone(), (declared.name.clone(), service.needs));
        services.push(Service { name, json: object(&service.members) });
    }
    check_circles(&needs, errors);
    services
}

/// Reports services that need each other.
fn check_circles(needs: &BTreeMap<String, (Ident, Vec<String>)>, errors: &mut Errors) {
    for (name, (place, _)) in needs {
        let (mut seen, mut next) = (Vec::new(), vec![name]);
        while let Some(from) = next.pop() {
            for need in needs.get(from).into_iter().flat_map(|(_, needs)| needs) {
                if need == name {
                    let advice = format!(
                        "`{name}` needs itself, directly or through others: remove one of these needs"
                    );
                    return errors.at(place, advice);
                }
                if !seen.contains(&need) {
                    seen.push(need);
                    next.push(need);
                }
            }
        }
    }
}

/// What was read of one service.
struct Settings {
    /// Names, and values as JSON.
    members: Vec<(String, String)>,
    needs: Vec<String>,
}

impl Settings {
    fn new() -> Self {
        Settings { members: Vec::new(), needs: Vec::new() }
    }

    fn read(&mut self, declared: &args::Service, errors: &mut Errors) {
        let mut args = Args::read(declared.settings.clone(), &args::SERVICE, errors);
        let has_command = args.has("command");
        for arg in args.all() {
            let name = arg.name.to_string();
            if name == "needs" {
                self.needs = texts(&arg).unwrap_or_default().iter().map(LitStr::value).collect();
            }
            let before = args.errors.count();
            match value(&name, &arg, &mut args) {
                Some(json) => self.members.push((name, json)),
                None if args.errors.count() == before => args.refuse(&arg),
                None => {}
            }
        }
        if !has_command {
            let name = &declared.name;
            errors.at(name, format!("it has no command: write `{name}(command = \"sleep 60\")`"));
        }
    }
}

/// Returns the value of a setting as JSON; `None` if it is wrong.
fn value(name: &str, arg: &Arg, args: &mut Args<'_>) -> Option<String> {
    match name {
        "command" => command(arg, args),
        "directory" | "user" => text(arg, args).map(|text| quoted(&text)),
        "stop_signal" => text(arg, args).and_then(|text| one_of(&text, "signal", &STOP_SIGNALS, args)),
        "restart" => text(arg, args).and_then(|text| one_of(&text, "kind of restart", &RESTARTS, args)),
        "orphan" => {
            text(arg, args).and_then(|text| one_of(&text, "fate of an orphan", &["stay", "stop"], args))
        }
        "start_timeout" | "min_uptime" | "stop_grace" => duration(arg, args),
        "inherit_env" | "user_groups" | "needs" | "groups" => list(arg, args),
        "nice" => number(arg, args, -20..=19),
        "umask" => number(arg, args, 0..=0o777),
        "stop_group" | "main" => match arg.given {
            Given::Nothing => Some("true".to_owned()),
            Given::Value(_) | Given::List(_) => refused(arg, args),
        },
        "autostart" => switch(arg, args),
        "env" => table(arg, args, None, |_, arg, args| text(arg, args).map(|text| quoted(&text))),
        "limits" => table(arg, args, Some(&args::RESOURCES), |_, arg, args| number(arg, args, 0..=i64::MAX)),
        "ready" => match text_given(arg) {
            Some(text) => ready(&text, args),
            None => table(arg, args, Some(&args::READY), |_, arg, args| command(arg, args)),
        },
        "when_given_up" => match text_given(arg) {
            Some(text) => one_of(&text, "way to give up", &["stay-down", "end-daemon"], args),
            None => table(arg, args, Some(&args::GIVEN_UP), |name, arg, args| match name {
                "retry" => duration(arg, args),
                _ => command(arg, args),
            }),
        },
        "log" => match text_given(arg) {
            Some(text) => path(&text, args),
            None => table(arg, args, Some(&args::LOG), |name, arg, args| match name {
                "file" => text(arg, args).and_then(|text| path(&text, args)),
                "max_size" => bytes(arg, args),
                _ => number(arg, args, 0..=65535),
            }),
        },
        "recycle" => table(arg, args, Some(&args::RECYCLE), |name, arg, args| match name {
            "memory" => bytes(arg, args),
            _ => duration(arg, args),
        }),
        "schedule" => table(arg, args, Some(&args::SCHEDULE), |name, arg, args| match name {
            "every" => duration(arg, args),
            _ => text(arg, args).map(|text| quoted(&text)),
        }),
        "backoff" => pair(arg, args, ["from", "to"], |from, errors| {
            LitStr::of(from).and_then(|text| period::duration(&text, errors).map(|_| quoted(&text)))
        }),
        _ => pair(arg, args, ["restarts", "within"], |restarts, errors| {
            let number = Number::of(restarts)?;
            check_range(
                Some(&number),
                0..=i64::from(u32::MAX),
                "a number of restarts is 0 to 4294967295",
                errors,
            );
            Some(number.value.to_string())
        }),
    }
}

fn refused(arg: &Arg, args: &mut Args<'_>) -> Option<String> {
    args.refuse(arg);
    None
}

fn text_given(arg: &Arg) -> Option<LitStr> {
    match &arg.given {
        Given::Value(value) => LitStr::of(value),
        Given::Nothing | Given::List(_) => None,
    }
}

fn text(arg: &Arg, args: &mut Args<'_>) -> Option<LitStr> {
    let text = text_given(arg);
    if text.is_none() {
        args.refuse(arg);
    }
    text
}

fn texts(arg: &Arg) -> Option<Vec<LitStr>> {
    <Vec<LitStr> as args::Argument>::read(arg)
}

fn list(arg: &Arg, args: &mut Args<'_>) -> Option<String> {
    match texts(arg) {
        Some(texts) => Some(array(&texts)),
        None => refused(arg, args),
    }
}

/// Reads a command: one text is split as a shell does, and a list is taken as it is.
fn command(arg: &Arg, args: &mut Args<'_>) -> Option<String> {
    let words = texts(arg).or_else(|| {
        args.refuse(arg);
        None
    })?;
    if words[0].value().trim().is_empty() {
        args.errors.at(&words[0], "there is no program in it: write such as `command = \"sleep 60\"`");
        return None;
    }
    Some(if words.len() == 1 { quoted(&words[0]) } else { array(&words) })
}

fn duration(arg: &Arg, args: &mut Args<'_>) -> Option<String> {
    let text = text(arg, args)?;
    period::duration(&text, args.errors).map(|_| quoted(&text))
}

fn bytes(arg: &Arg, args: &mut Args<'_>) -> Option<String> {
    let text = text(arg, args)?;
    size::bytes(&text, args.errors).map(|bytes| bytes.to_string())
}

fn path(text: &LitStr, args: &mut Args<'_>) -> Option<String> {
    if !text.value().starts_with('/') {
        let advice = "a daemon leaves the directory it was started in: write the whole path, from `/` on";
        args.errors.at(text, advice);
        return None;
    }
    Some(quoted(text))
}

fn one_of(text: &LitStr, what: &str, known: &[&str], args: &mut Args<'_>) -> Option<String> {
    if !known.contains(&text.value().as_str()) {
        args.errors.at(text, spell::unknown(what, &text.value(), known));
        return None;
    }
    Some(quoted(text))
}

fn ready(text: &LitStr, args: &mut Args<'_>) -> Option<String> {
    let value = text.value();
    let fits = match value.split_once(':') {
        None => ["started", "notify"].contains(&value.as_str()),
        Some(("fd", number)) => number.parse::<u16>().is_ok_and(|number| number > 2),
        Some(("unix", path)) => path.starts_with('/'),
        Some(("tcp", host)) => host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok()),
        Some(_) => false,
    };
    if !fits {
        args.errors.at(
            text,
            "write when it is ready: `\"started\"`, `\"notify\"`, `\"fd:3\"`, `\"tcp:127.0.0.1:8000\"` or \
             `\"unix:/run/web.sock\"`",
        );
        return None;
    }
    Some(quoted(text))
}

fn number(arg: &Arg, args: &mut Args<'_>, range: std::ops::RangeInclusive<i64>) -> Option<String> {
    let number = match &arg.given {
        Given::Value(value) => Number::of(value),
        Given::Nothing | Given::List(_) => None,
    };
    let Some(number) = number else { return refused(arg, args) };
    if arg.name == "nice" && *range.start() < 0 {
        check_nice(Some(&number), args.errors);
    } else {
        let advice = match arg.name == "umask" {
            true => "a mask is 0 to 0o777, such as `umask = 0o027`".to_owned(),
            false => format!("write a number from {} to {}", range.start(), range.end()),
        };
        check_range(Some(&number), range, &advice, args.errors);
    }
    Some(number.value.to_string())
}

fn switch(arg: &Arg, args: &mut Args<'_>) -> Option<String> {
    let text = match &arg.given {
        Given::Value(value) => text_of(value).filter(|text| text == "true" || text == "false"),
        Given::Nothing | Given::List(_) => None,
    };
    text.or_else(|| refused(arg, args))
}

/// Reads `name(…)`, whose members are those of a grammar, or any.
fn table(
    arg: &Arg,
    args: &mut Args<'_>,
    grammar: Option<&'static Grammar>,
    member: impl Fn(&str, &Arg, &mut Args<'_>) -> Option<String>,
) -> Option<String> {
    let Given::List(list) = &arg.given else { return refused(arg, args) };
    let mut inner = match grammar {
        Some(grammar) => Args::read(list.clone(), grammar, args.errors),
        None => Args::read_any(list.clone(), args.grammar, args.errors),
    };
    let members = inner.all().into_iter().map(|arg| {
        let name = arg.name.to_string();
        let json = member(&name, &arg, &mut inner)?;
        Some((name, json))
    });
    let members: Vec<_> = members.collect::<Option<_>>()?;
    (!members.is_empty()).then(|| object(&members))
}

/// Reads `name(a, b)`, whose second part is a duration.
fn pair(
    arg: &Arg,
    args: &mut Args<'_>,
    names: [&str; 2],
    first: impl Fn(&Expr, &mut Errors) -> Option<String>,
) -> Option<String> {
    let Some((one, two)) = <(Expr, LitStr) as args::Argument>::read(arg) else { return refused(arg, args) };
    let one = first(&one, args.errors)?;
    period::duration(&two, args.errors)?;
    Some(object(&[(names[0].to_owned(), one), (names[1].to_owned(), quoted(&two))]))
}

fn quoted(text: &LitStr) -> String {
    json_text(&text.value())
}

fn array(texts: &[LitStr]) -> String {
    let texts: Vec<String> = texts.iter().map(quoted).collect();
    format!("[{}]", texts.join(","))
}

fn object(members: &[(String, String)]) -> String {
    let members: Vec<String> =
        members.iter().map(|(name, value)| format!("{}:{value}", json_text(name))).collect();
    format!("{{{}}}", members.join(","))
}

/// Writes a text as JSON (RFC 8259, section 7).
fn json_text(text: &str) -> String {
    let mut json = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => json.extend(['\\', character]),
            control if control < ' ' => json.push_str(&format!("\\u{:04x}", u32::from(control))),
            other => json.push(other),
        }
    }
    json.push('"');
    json
}
