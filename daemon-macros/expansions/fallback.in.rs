#[daemon(nmae = "wrong", nice = 40)]
#[derive(Default)]
struct Wrong {
    #[flag(shrot = 'p')]
    prefix: String,
}

#[daemon]
impl Wrong {
    /// Kept as it is.
    #[rpc_method(name = "")]
    fn echo(&mut self, /** kept apart */ #[param(default)] message: &str) -> String {
        message.to_owned()
    }

    #[every(30)]
    fn tidy(&mut self) {}
}

#[derive(Fault)]
enum Refused {
    Full,
}
