/// An item of the store.
#[rpc_type]
#[serde(rename_all = "camelCase")]
struct Item<T> {
    /// What it is called
    #[schemars(length(min = 1, max = 64), regex(pattern = "^[a-z]+$"))]
    full_name: String,
    plain: bool,
    #[schemars(range(max = MOST))]
    price: Option<u32>,
    #[schemars(length(equal = 2))]
    parts: Vec<T>,
}
