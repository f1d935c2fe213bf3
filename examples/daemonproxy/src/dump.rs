//! The dump of the state, a part at a time: as much as a controller has room for.

use crate::controller::Dump;
use crate::controllers::Id;
use crate::proxy::Proxy;
use crate::services::Value;
use crate::text::Line;

/// The events about a service, besides its state.
const VALUES: [Value; 3] = [Value::Tags, Value::Args, Value::Fds];

/// Goes on with a controller's dump, if it has asked for one. One that has missed events is sent none of it: it has to ask
/// again.
pub(crate) fn go_on(proxy: &mut Proxy, id: Id) {
    loop {
        let Some(connection) = proxy.controllers.get_mut(id) else { return };
        if connection.output.has_overflowed() || !connection.output.is_open() {
            connection.dump = None;
        }
        let Some(dump) = connection.dump.filter(|_| connection.output.has_room()) else { return };
        let mut line = Line::new();
        let next = write_next(proxy, dump, &mut line);
        if !line.is_empty() {
            proxy.controllers.send(id, &line, &mut proxy.log);
        }
        if let Some(connection) = proxy.controllers.get_mut(id) {
            connection.dump = next;
        }
    }
}

/// Writes the next event, if this step has one; returns where to go on.
fn write_next(proxy: &Proxy, dump: Dump, line: &mut Line) -> Option<Dump> {
    match dump {
        Dump::Handles(last) => match proxy.handles.after(last) {
            Some(handle) => {
                handle.event(line);
                Some(Dump::Handles(Some(handle.name)))
            }
            None => Some(Dump::Services(None)),
        },
        Dump::Services(last) => match proxy.services.after(last) {
            Some(service) => {
                service.state_event(proxy.now, line);
                Some(Dump::Service(service.name, 0))
            }
            None => Some(Dump::Signals(0)),
        },
        Dump::Service(name, sent) => {
            let service = proxy.services.find(name).and_then(|slot| proxy.services.get(slot));
            match (service, VALUES.get(sent)) {
                (Some(service), Some(value)) => {
                    service.value_event(*value, line);
                    Some(Dump::Service(name, sent + 1))
                }
                (Some(service), None) => {
                    service.auto_up_event(line);
                    Some(Dump::Services(Some(name)))
                }
                (None, _) => Some(Dump::Services(Some(name))),
            }
        }
        Dump::Signals(seen) => proxy.counts.event(seen, line).map(Dump::Signals),
    }
}
