//! Commands about the end of the program.

use super::expect_integer;
use crate::controllers::Id;
use crate::proxy::Proxy;
use crate::reason::Reason;
use crate::sys::successor;
use crate::text::Fields;

pub(super) fn terminate(proxy: &mut Proxy, _: Id, mut fields: Fields<'_>) -> Result<(), Reason> {
    let code = expect_integer(fields.next())?;
    if proxy.guard != 0 {
        let given = fields.next().filter(|field| !field.is_empty());
        let given = given.ok_or(Reason::Fixed("terminate guard code required"))?;
        if expect_integer(Some(given))? != proxy.guard {
            return Err("incorrect terminate guard code".into());
        }
        if successor::name().is_none() {
            return Err("cannot exit, and exec-on-exit is not configured".into());
        }
    }
    // What is left is a number from 0 to 255.
    proxy.terminate(i32::try_from(code.rem_euclid(256)).unwrap_or_default())
}

pub(super) fn exec_args(_: &mut Proxy, _: Id, fields: Fields<'_>) -> Result<(), Reason> {
    match successor::set(fields.rest()) {
        true => Ok(()),
        false => Err("exec arguments exceed buffer size (255)".into()),
    }
}

pub(super) fn guard(proxy: &mut Proxy, _: Id, mut fields: Fields<'_>) -> Result<(), Reason> {
    let adds = match fields.next() {
        Some(b"+") => true,
        Some(b"-") => false,
        _ => return Err("expected + or -".into()),
    };
    let code = expect_integer(fields.next())?;
    match (code, adds, proxy.guard) {
        (0, _, _) => Err("code cannot be 0".into()),
        (_, true, 0) => {
            proxy.guard = code;
            Ok(())
        }
        (_, true, _) => Err("terminate guard code is already set".into()),
        (_, false, 0) => Err("terminate guard was not set".into()),
        (_, false, guard) if guard == code => {
            proxy.guard = 0;
            Ok(())
        }
        (_, false, _) => Err("incorrect guard code".into()),
    }
}
