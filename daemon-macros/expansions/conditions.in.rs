#[daemon]
#[derive(Default)]
#[cfg(unix)]
struct Sometimes {
    #[cfg(feature = "extra")]
    #[flag]
    extra: String,
}

#[daemon]
#[cfg(unix)]
impl Sometimes {
    #[cfg(feature = "extra")]
    #[rpc_method]
    fn which(&self) {}

    #[cfg(not(feature = "extra"))]
    #[rpc_method]
    fn which(&self) {}

    #[cfg(feature = "extra")]
    #[on(start)]
    #[every("1s")]
    fn tick(&mut self) {}
}

#[rpc_method(daemon = Sometimes)]
#[cfg(unix)]
fn also(state: &Sometimes) {}
