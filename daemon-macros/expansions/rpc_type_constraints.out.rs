#[derive(
    ::daemon_core::serde::Serialize,
    ::daemon_core::serde::Deserialize,
    ::daemon_core::schemars::JsonSchema
)]
#[serde(crate = "::daemon_core::serde")]
#[schemars(crate = "::daemon_core::schemars")]
/// An item of the store.
#[serde(rename_all = "camelCase")]
struct Item<T> {
    /// What it is called
    #[schemars(length(min = 1, max = 64), regex(pattern = "^[a-z]+$"))]
    #[serde(deserialize_with = "::daemon_core::__private::read_field::<Item<T>,0,_>")]
    #[schemars(transform = ::daemon_core::__private::describe_field::<Item<T>, 0>)]
    full_name: String,
    plain: bool,
    #[schemars(range(max = MOST))]
    #[serde(deserialize_with = "::daemon_core::__private::read_field::<Item<T>,2,_>")]
    #[serde(default)]
    #[schemars(!default)]
    #[schemars(transform = ::daemon_core::__private::describe_field::<Item<T>, 2>)]
    price: Option<u32>,
    #[schemars(length(equal = 2))]
    #[serde(deserialize_with = "::daemon_core::__private::read_field::<Item<T>,3,_>")]
    #[serde(
        bound(deserialize = "Vec < T > : :: daemon_core :: serde :: Deserialize < 'de >")
    )]
    #[schemars(transform = ::daemon_core::__private::describe_field::<Item<T>, 3>)]
    parts: Vec<T>,
}
#[automatically_derived]
impl<T> ::daemon_core::__private::Constrained<0> for Item<T> {
    const NAME: &'static ::core::primitive::str = "fullName";
    type Value<'v> = String;
    fn rules<'r, 'v>(
        rules: ::daemon_core::__private::Rules<'r, Self::Value<'v>>,
    ) -> ::daemon_core::__private::Rules<'r, Self::Value<'v>> {
        static PATTERN: ::daemon_core::__private::Pattern = ::daemon_core::__private::Pattern::new(
            "^[a-z]+$",
        );
        rules.shortest(1).longest(64).like(&PATTERN)
    }
}
#[automatically_derived]
impl<T> ::daemon_core::__private::Constrained<2> for Item<T> {
    const NAME: &'static ::core::primitive::str = "price";
    type Value<'v> = Option<u32>;
    fn rules<'r, 'v>(
        rules: ::daemon_core::__private::Rules<'r, Self::Value<'v>>,
    ) -> ::daemon_core::__private::Rules<'r, Self::Value<'v>> {
        rules.most(MOST)
    }
}
#[automatically_derived]
impl<T> ::daemon_core::__private::Constrained<3> for Item<T> {
    const NAME: &'static ::core::primitive::str = "parts";
    type Value<'v> = Vec<T>;
    fn rules<'r, 'v>(
        rules: ::daemon_core::__private::Rules<'r, Self::Value<'v>>,
    ) -> ::daemon_core::__private::Rules<'r, Self::Value<'v>> {
        rules.exactly(2)
    }
}
