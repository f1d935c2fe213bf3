//! The texts that a service is defined by, in one buffer, whose size may be fixed.

/// What a service has a text for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Value {
    Tags,
    Args,
    Fds,
    Triggers,
}

impl Value {
    const COUNT: usize = 4;

    pub(crate) fn name(self) -> &'static str {
        match self {
            Value::Tags => "tags",
            Value::Args => "args",
            Value::Fds => "fds",
            Value::Triggers => "triggers",
        }
    }
}

/// The texts, one after the other. Each one that is set costs its name, its length, and two bytes.
pub(crate) struct Values {
    buffer: Vec<u8>,
    lengths: [Option<usize>; Value::COUNT],
    most: usize,
}

impl Values {
    pub(crate) fn new(buffer: Vec<u8>, most: usize) -> Self {
        Values { buffer, lengths: [None; Value::COUNT], most }
    }

    pub(crate) fn into_buffer(self) -> Vec<u8> {
        self.buffer
    }

    pub(crate) fn get(&self, value: Value) -> Option<&[u8]> {
        let start = self.start(value);
        Some(&self.buffer[start..start + self.lengths[value as usize]?])
    }

    /// Sets a text; returns whether it fits. If it does not, nothing changes.
    pub(crate) fn set(&mut self, value: Value, text: &[u8]) -> bool {
        let others: usize =
            self.cost() - self.lengths[value as usize].map_or(0, |length| cost(value, length));
        if others.saturating_add(cost(value, text.len())) > self.most {
            return false;
        }
        let start = self.start(value);
        let old = self.lengths[value as usize].unwrap_or(0);
        self.buffer.drain(start..start + old);
        self.buffer.extend_from_slice(text);
        self.buffer[start..].rotate_right(text.len());
        self.lengths[value as usize] = Some(text.len());
        true
    }

    fn start(&self, value: Value) -> usize {
        self.lengths[..value as usize].iter().flatten().sum()
    }

    fn cost(&self) -> usize {
        let all = [Value::Tags, Value::Args, Value::Fds, Value::Triggers];
        all.iter().zip(self.lengths).filter_map(|(value, length)| Some(cost(*value, length?))).sum()
    }
}

fn cost(value: Value, length: usize) -> usize {
    value.name().len() + length + 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_grow_and_shrink_without_touching_the_others() {
        let mut values = Values::new(Vec::new(), usize::MAX);
        assert_eq!(values.get(Value::Fds), None);
        for (value, text) in [
            (Value::Fds, &b"fff"[..]),
            (Value::Tags, b"t"),
            (Value::Triggers, b"always"),
            (Value::Args, b"sh\t-c"),
            (Value::Tags, b"longer than before"),
            (Value::Args, b""),
            (Value::Fds, b"f"),
        ] {
            assert!(values.set(value, text));
            assert_eq!(values.get(value), Some(text));
        }
        assert_eq!(values.get(Value::Tags), Some(&b"longer than before"[..]));
        assert_eq!(values.get(Value::Args), Some(&b""[..]));
        assert_eq!(values.get(Value::Triggers), Some(&b"always"[..]));
        assert_eq!(values.into_buffer(), b"longer than beforefalways");
    }

    #[test]
    fn a_text_that_does_not_fit_changes_nothing_and_never_allocates() {
        let mut values = Values::new(Vec::with_capacity(64), 64);
        assert!(values.set(Value::Args, &[b'a'; 40]));
        assert!(!values.set(Value::Tags, &[b't'; 13]));
        assert_eq!(values.get(Value::Tags), None);
        assert!(values.set(Value::Tags, &[b't'; 12]));
        assert!(!values.set(Value::Args, &[b'a'; 41]));
        assert_eq!(values.get(Value::Args), Some(&[b'a'; 40][..]));
        assert!(values.set(Value::Args, b"") && values.set(Value::Args, &[b'b'; 40]));
        assert_eq!(values.into_buffer().capacity(), 64);
    }
}
