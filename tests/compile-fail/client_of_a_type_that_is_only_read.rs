#![allow(unused)]

use daemon_core::prelude::*;
use daemon_core::{schemars, serde};

#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(crate = "daemon_core::serde")]
struct Order {
    count: u32,
}

#[daemon]
#[derive(Default)]
struct Shop {}

#[daemon(client = ShopClient)]
impl Shop {
    #[rpc_method]
    fn order(&self, order: Order) -> bool {
        order.count > 0
    }
}

fn main() {}
