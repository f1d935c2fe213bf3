//! The end of a service's log, and what follows.

use super::Services;
use crate::context::TailRequest;
use crate::fault::Fault;

impl Services {
    /// Sends the last lines of the log of a service, and with `follow` those to come.
    pub(crate) fn tail(&mut self, request: TailRequest) {
        let TailRequest { name, lines, follow, mut send } = request;
        let bytes = match self.log_end(&name) {
            Ok(bytes) => bytes,
            Err(fault) => {
                send(Err(fault));
                return;
            }
        };
        let complete = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let (text, rest) = bytes.split_at(if follow { complete } else { bytes.len() });
        let text = String::from_utf8_lossy(text);
        let all: Vec<&str> = text.lines().collect();
        if !all[all.len().saturating_sub(lines)..].iter().all(|line| send(Ok(line))) || !follow {
            return;
        }
        let output = self.table.find(&name).and_then(|index| self.table[index].output.as_mut());
        if let Some(output) = output {
            output.follow(rest, send);
        }
    }

    /// Returns the last bytes of the log of a service; opens it if the service was never started.
    ///
    /// # Errors
    ///
    /// If there is no such service, or its log can't be read.
    pub(crate) fn log_end(&mut self, name: &str) -> Result<Vec<u8>, Fault> {
        let index = self.table.find(name).ok_or_else(|| super::table::no_service(name))?;
        if self.table[index].service.log.is_none() {
            return Err(Fault::invalid_value(
                "name",
                format!("`{name}` has no log; give it one, such as `log = \"/var/log/{name}.log\"`"),
            ));
        }
        if self.table[index].output.is_none() {
            self.prepare_output(index)?;
        }
        // What it has written until now belongs to it.
        self.read_output(index);
        let output = self.table[index].output.as_ref();
        let end = output.map_or_else(|| Ok(Vec::new()), |output| output.end());
        end.map_err(|error| Fault::internal(format!("cannot read the log of `{name}`: {error}")))
    }
}
