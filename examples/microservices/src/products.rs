//! The service that knows the products.

use daemon_core::prelude::*;

use crate::bare::BareSocket;
use crate::refused::Refused;

/// I know the products.
#[daemon(name = "products", workers())]
#[derive(Debug)]
pub(crate) struct Products {
    products: Vec<Product>,
    bare: Option<BareSocket>,
}

/// A product.
#[rpc_type]
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Product {
    /// The number of the product.
    pub(crate) id: u32,
    /// What it is called.
    pub(crate) name: String,
}

impl Default for Products {
    fn default() -> Self {
        Products { products: vec![Product { id: 1, name: "Teapot".to_owned() }], bare: None }
    }
}

#[daemon(client(name = ProductsClient, timeout = "2s", retries = 5))]
impl Products {
    fn setup(&mut self, context: &mut Context) -> Result<()> {
        self.bare = Some(BareSocket::listen(context)?);
        Ok(())
    }

    /// List the products.
    #[rpc_method(http = "GET /product", read_only)]
    fn list(&self) -> Vec<Product> {
        self.products.clone()
    }

    /// Show a product.
    #[rpc_method(http = "GET /product/{id}", read_only)]
    fn get(&self, id: u32) -> Result<Product, Refused> {
        let product = self.products.iter().find(|product| product.id == id);
        product.cloned().ok_or_else(|| Refused::Unknown("product".to_owned()))
    }

    /// Add a product.
    #[rpc_method(http = "POST /product", allow(token, member))]
    fn add(&mut self, #[param(length(min = 1, max = 100))] name: String) -> Product {
        let id = self.products.iter().map(|product| product.id).max().unwrap_or(0) + 1;
        let product = Product { id, name };
        self.products.push(product.clone());
        product
    }
}
