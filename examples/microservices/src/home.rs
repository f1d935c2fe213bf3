//! The service that greets, and counts what the others have.

use daemon_core::prelude::*;

use crate::bare::BareSocket;
use crate::clients;
use crate::refused::Refused;

/// I greet, and count what the others have.
#[daemon(name = "home", workers(), needs(crate::users::Users, crate::products::Products))]
#[derive(Debug, Default)]
pub(crate) struct Home {
    bare: Option<BareSocket>,
}

/// A greeting.
#[rpc_type]
#[derive(Debug)]
pub(crate) struct Greeting {
    /// The greeting.
    pub(crate) message: String,
}

/// How much there is.
#[rpc_type]
#[derive(Debug)]
pub(crate) struct Overview {
    /// How many users.
    pub(crate) users: usize,
    /// How many products.
    pub(crate) products: usize,
}

#[daemon(client(name = HomeClient, timeout = "2s", retries = 5))]
impl Home {
    fn setup(&mut self, context: &mut Context) -> Result<()> {
        self.bare = Some(BareSocket::listen(context)?);
        Ok(())
    }

    /// Greet.
    #[rpc_method(http = "GET /", read_only)]
    fn greet(&self) -> Greeting {
        Greeting { message: "Hello World!".to_owned() }
    }

    /// Count the users and the products.
    #[rpc_method(http = "GET /overview", read_only, thread)]
    fn overview() -> Result<Overview, Refused> {
        let users = clients::users()?.list()?.len();
        let products = clients::products()?.list()?.len();
        Ok(Overview { users, products })
    }
}
