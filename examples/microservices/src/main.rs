//! Microservices: users, products and a home page, each in a process of its own, and a REST front before them.
//!
//! ```sh
//! microservices up -d
//! microservices users token add me
//! curl http://127.0.0.1:8080/user
//! curl http://127.0.0.1:8080/user -H "Authorization: Bearer $TOKEN" -d '{"name":"Ann"}'
//! microservices ps
//! microservices down
//! ```

mod bare;
mod clients;
mod front;
mod home;
mod products;
mod refused;
mod users;

use std::process::ExitCode;

use self::front::Front;
use self::home::Home;
use self::products::Products;
use self::users::Users;

fn main() -> ExitCode {
    daemon_core::suite("microservices").add::<Users>().add::<Products>().add::<Home>().add::<Front>().main()
}
