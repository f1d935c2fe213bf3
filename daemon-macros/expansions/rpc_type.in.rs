/// An item of the store.
#[rpc_type]
#[derive(Debug, Clone)]
#[serde(rename_all = "camelCase")]
struct Item {
    /// What it is called
    full_name: String,
}
