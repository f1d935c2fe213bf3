//! Typed clients: the parameters and the result of a method determine those of its function in the client.

use std::path::{Path, PathBuf};
use std::borrow::Cow;
use std::collections::BTreeMap;

use daemon_core::prelude::*;
use daemon_core::{Client, Error};

#[daemon(name = "shop")]
#[derive(Default)]
struct Shop {
    names: Vec<String>,
    stock: BTreeMap<String, u32>,
}

#[rpc_type]
#[derive(Clone)]
struct Item {
    name: String,
}

#[daemon(client = ShopClient)]
impl Shop {
    #[rpc_method]
    fn nothing(&self) {}

    #[rpc_method]
    fn perhaps(&self) -> Result<()> {
        Ok(())
    }

    /// All kinds of parameters.
    #[rpc_method(name = "shop.say")]
    fn say(
        &self,
        text: &str,
        item: Item,
        other: Option<&str>,
        #[param(default = 1)] times: usize,
        #[param(default = "!")] end: &str,
        context: &mut Context,
    ) -> Result<String> {
        Ok(format!("{text}{other:?}{}{times}{end}{}", item.name, context.name()))
    }

    #[rpc_method]
    fn name(&self) -> &str {
        self.names.first().map_or("", String::as_str)
    }

    #[rpc_method]
    fn names(&self) -> Result<&[String]> {
        Ok(&self.names)
    }

    #[rpc_method]
    fn stock(&self) -> &BTreeMap<String, u32> {
        &self.stock
    }

    #[rpc_method]
    fn last(&self) -> Option<&str> {
        self.names.last().map(String::as_str)
    }

    #[rpc_method]
    fn motto(&self) -> Cow<'static, str> {
        Cow::Borrowed("all you need")
    }

    #[rpc_method]
    fn later(&self, reply: Reply<Vec<Item>>) {
        reply.send(Vec::new());
    }

    #[rpc_method(worker = "pool")]
    fn heavy(config: &Self, count: u64) -> u64 {
        count + config.names.len() as u64
    }
}

#[worker]
#[derive(Default)]
struct Copier {}

#[worker(client = CopierClient)]
impl Copier {
    #[rpc_method]
    fn changename(&mut self, name: String) -> bool {
        !name.is_empty()
    }
}

/// A method is called as the function that would connect.
#[daemon]
#[derive(Default)]
struct Line {}

#[daemon(client = LineClient)]
impl Line {
    #[rpc_method]
    #[allow(clippy::too_many_arguments)]
    fn connect(
        &self,
        name: String,
        path: PathBuf,
        numbers: Vec<u8>,
        names: Option<Vec<String>>,
        nothing: Option<String>,
        #[param(default = PathBuf::new())] left_out: PathBuf,
    ) {
        let _ = (name, path, numbers, names, nothing, left_out);
    }
}

/// Clients that own their connections.
struct Owner {
    line: LineClient,
    shop: ShopClient,
}

/// Never run: the test is that it compiles.
fn calls(client: &mut Client) -> Result<(), Error> {
    let mut shop = ShopClient(&mut *client);
    let () = shop.nothing()?;
    let () = shop.perhaps()?;
    let item = Item { name: "item".to_owned() };
    let _: String = shop.say("text", item, None, None, Some("."))?;
    let _: String = shop.name()?;
    let _: Vec<String> = shop.names()?;
    let _: BTreeMap<String, u32> = shop.stock()?;
    // The result borrows in another way: the caller chooses the type it is read as.
    let _: Option<String> = shop.last()?;
    let _: Cow<'static, str> = shop.motto()?;
    let _: Vec<Item> = shop.later()?;
    let _: u64 = shop.heavy(1)?;
    let _: bool = CopierClient(client).changename("copy.txt")?;
    let mut owner = Owner { line: LineClient(Client::connect("unix:/run/line.sock")?), shop: ShopClient::connect("unix:/run/shop.sock")? };
    let () = owner.line.connect("here", Path::new("/"), &[1], Some(&["x".to_owned()]), None, None)?;
    let _: String = owner.shop.name()?;
    Ok(())
}

fn main() {
    let _ = calls;
}
