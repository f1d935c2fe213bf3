//! The service that knows the users.

use daemon_core::prelude::*;

use crate::bare::BareSocket;
use crate::refused::Refused;

/// I know the users.
#[daemon(name = "users", workers())]
#[derive(Debug)]
pub(crate) struct Users {
    users: Vec<User>,
    bare: Option<BareSocket>,
}

/// A user.
#[rpc_type]
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct User {
    /// The number of the user.
    pub(crate) id: u32,
    /// What the user is called.
    pub(crate) name: String,
}

impl Default for Users {
    fn default() -> Self {
        Users { users: vec![User { id: 1, name: "Zeki".to_owned() }], bare: None }
    }
}

#[daemon(client(name = UsersClient, timeout = "2s", retries = 5))]
impl Users {
    fn setup(&mut self, context: &mut Context) -> Result<()> {
        self.bare = Some(BareSocket::listen(context)?);
        Ok(())
    }

    /// List the users.
    #[rpc_method(http = "GET /user", read_only)]
    fn list(&self) -> Vec<User> {
        self.users.clone()
    }

    /// Show a user.
    #[rpc_method(http = "GET /user/{id}", read_only)]
    fn get(&self, id: u32) -> Result<User, Refused> {
        let user = self.users.iter().find(|user| user.id == id);
        user.cloned().ok_or_else(|| Refused::Unknown("user".to_owned()))
    }

    /// Add a user.
    #[rpc_method(http = "POST /user", allow(token, member))]
    fn add(&mut self, #[param(length(min = 1, max = 100))] name: String) -> User {
        let id = self.users.iter().map(|user| user.id).max().unwrap_or(0) + 1;
        let user = User { id, name };
        self.users.push(user.clone());
        user
    }
}
