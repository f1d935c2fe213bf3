//! The revisions of the protocol.

/// The revision whose requests name it themselves.
pub(in crate::dialect) const CURRENT: &str = "2026-07-28";

/// The latest revision that begins with a handshake.
pub(super) const OF_HANDSHAKE: &str = "2025-11-25";

/// All that are spoken. The earlier ones differ in what a peer may send besides.
pub(in crate::dialect) const SUPPORTED: [&str; 5] =
    [CURRENT, OF_HANDSHAKE, "2025-06-18", "2025-03-26", "2024-11-05"];

/// The code of the fault that a request gets whose revision is not spoken.
pub(in crate::dialect) const UNSUPPORTED: i32 = -32022;

/// Returns the revision to speak with a peer that asks for this one.
pub(super) fn agreed(asked: Option<&str>) -> &'static str {
    let handshakes = SUPPORTED.into_iter().filter(|version| *version != CURRENT);
    handshakes.into_iter().find(|version| Some(*version) == asked).unwrap_or(OF_HANDSHAKE)
}
