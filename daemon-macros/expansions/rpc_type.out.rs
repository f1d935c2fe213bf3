#[derive(
    ::daemon_core::serde::Serialize,
    ::daemon_core::serde::Deserialize,
    ::daemon_core::schemars::JsonSchema
)]
#[serde(crate = "::daemon_core::serde")]
#[schemars(crate = "::daemon_core::schemars")]
/// An item of the store.
#[derive(Debug, Clone)]
#[serde(rename_all = "camelCase")]
struct Item {
    /// What it is called
    full_name: String,
}
