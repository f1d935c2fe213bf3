//! Pseudo-random numbers, the same in every run.

/// A xorshift generator (Marsaglia 2003): its output depends only on its seed.
pub struct Random(u64);

impl Random {
    /// Creates a generator with a seed other than 0.
    pub fn new(seed: u64) -> Random {
        assert_ne!(seed, 0, "xorshift stays at 0 for ever");
        Random(seed)
    }

    /// Returns the next number.
    pub fn number(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// Returns a number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.number() % u64::try_from(end).unwrap()).unwrap()
    }

    /// Returns this many bytes.
    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.number().to_le_bytes()[3]).collect()
    }
}
