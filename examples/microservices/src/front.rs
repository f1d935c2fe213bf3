//! The REST front: the only one that listens on the network. It passes calls on to the services.

use daemon_core::prelude::*;
use daemon_core::serde_json::Value;

use crate::clients;
use crate::home::{Greeting, Overview};
use crate::products::Product;
use crate::refused::Refused;
use crate::users::User;

/// I am the front of the services, for HTTP.
#[daemon(
    name = "front",
    workers(),
    socket = "tcp://127.0.0.1:8080",
    dialects(http),
    needs(crate::home::Home)
)]
#[derive(Debug, Default)]
pub(crate) struct Front {}

#[daemon]
impl Front {
    /// Greet.
    #[rpc_method(http = "GET /", read_only, thread)]
    fn greet() -> Result<Greeting, Refused> {
        Ok(clients::home()?.greet()?)
    }

    /// Count the users and the products.
    #[rpc_method(http = "GET /overview", read_only, thread)]
    fn overview() -> Result<Overview, Refused> {
        Ok(clients::home()?.overview()?)
    }

    /// List the users.
    #[rpc_method(http = "GET /user", read_only, thread)]
    fn users() -> Result<Vec<User>, Refused> {
        Ok(clients::users()?.list()?)
    }

    /// Show a user.
    #[rpc_method(http = "GET /user/{id}", read_only, thread)]
    fn user(id: u32) -> Result<User, Refused> {
        Ok(clients::users()?.get(id)?)
    }

    /// Add a user.
    #[rpc_method(http = "POST /user", allow(token), thread)]
    fn add_user(#[param(length(min = 1, max = 100))] name: String) -> Result<User, Refused> {
        Ok(clients::users()?.add(&name)?)
    }

    /// List the products.
    #[rpc_method(http = "GET /product", read_only, thread)]
    fn products() -> Result<Vec<Product>, Refused> {
        Ok(clients::products()?.list()?)
    }

    /// Show a product.
    #[rpc_method(http = "GET /product/{id}", read_only, thread)]
    fn product(id: u32) -> Result<Product, Refused> {
        Ok(clients::products()?.get(id)?)
    }

    /// Add a product.
    #[rpc_method(http = "POST /product", allow(token), thread)]
    fn add_product(#[param(length(min = 1, max = 100))] name: String) -> Result<Product, Refused> {
        Ok(clients::products()?.add(&name)?)
    }

    /// Show what all services do: process, uptime, requests, errors, mean response time, restarts, memory.
    #[rpc_method(http = "GET /status", allow(token), read_only, thread)]
    fn status() -> Result<Value, Refused> {
        Ok(daemon_core::Discovery::new().connect("up")?.call("suite.status", &())?)
    }
}
