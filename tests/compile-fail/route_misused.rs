#![allow(unused)]

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Shop {}

#[derive(Debug, Fault)]
enum Refused {
    #[fault(code = 1, status = 200)]
    Fine,
    #[fault(code = 2, status = "404")]
    Lost,
}

#[daemon]
impl Shop {
    #[rpc_method(http = "FETCH /items")]
    fn a(&self) {}

    #[rpc_method(http = "/items")]
    fn b(&self) {}

    #[rpc_method(http = "GET items/{id}")]
    fn c(&self, id: u32) {}

    #[rpc_method(http = "GET /items/{idd}/{id}/{id}/{other}")]
    fn d(&self, id: u32) {}

    #[rpc_method(http = "GET /items//new/x-{id}/a?b/../")]
    fn e(&self, id: u32) {}

    #[rpc_method(http = "GET /items/{id}", body = "item")]
    fn f(&self, id: u32, item: String) {}

    #[rpc_method(http = "PUT /items/{id}", body = "id", etag)]
    fn g(&self, id: u32) {}

    #[rpc_method(http = "POST /items", body = "itme")]
    fn h(&self, item: String) {}

    #[rpc_method(body = "item", etag)]
    fn i(&self, item: String) {}

    #[rpc_method(http = "POST /watch")]
    fn j(&self, items: Subscription<u32>) {}

    #[rpc_method(http = "GET /shelves/{shelf}")]
    fn k(&self, shelf: u32) {}

    #[rpc_method(http = "GET /shelves/{name}")]
    fn l(&self, name: String) {}

    #[rpc_method(http)]
    fn m(&self) {}
}

fn main() {}
