//! A daemon for the tests of its page: parameters of every kind, faults, streams, a worker, and texts that do harm where
//! they are taken for HTML.

use std::process::ExitCode;

use daemon_core::prelude::*;
use daemon_core::serde_json::json;

/// Lends pictures.
#[daemon(name = "gallery", dialects(json, http), workers(Framer))]
#[derive(Default)]
struct Gallery {
    orders: u64,
    visitors: Subscribers<Visitor>,
    parked: Vec<Reply<String>>,
}

/// A picture.
#[rpc_type]
struct Picture {
    /// What it is called
    #[schemars(length(min = 1))]
    title: String,
    /// How wide it is, in centimetres
    #[schemars(range(min = 1, max = 500))]
    width: u32,
    tags: Vec<String>,
}

/// What it is painted on.
#[rpc_type]
enum Ground {
    /// Woven, and stretched on a frame
    Canvas,
    /// Heavy, and without acid
    Paper,
    Wood,
}

/// Who has come in.
#[rpc_type]
struct Visitor {
    number: u64,
    name: String,
}

#[daemon]
impl Gallery {
    /// Order copies of a picture.
    ///
    /// They are printed overnight.
    /// The result says what was ordered.
    #[rpc_method]
    #[example(name = "a print", params("Sunrise", 3, Ground::Paper), result = "3 × Sunrise")]
    #[example(
        name = "a signed canvas",
        params("Harbour", 1, Ground::Canvas, Some(true), Some("for the hall".to_owned())),
        result = "1 × Harbour, signed: for the hall"
    )]
    fn order(
        &mut self,
        /// Which picture
        #[param(length(min = 1, max = 80))]
        title: &str,
        /// How many
        #[param(range(min = 1, max = 100), default = 1)]
        copies: u32,
        /// What to print on
        #[param(default = Ground::Paper)]
        ground: Ground,
        /// Signed by the painter
        signed: Option<bool>,
        /// What to write on the parcel
        note: Option<String>,
    ) -> String {
        self.orders += 1;
        let _ = ground;
        let signed = if signed.unwrap_or_default() { ", signed" } else { "" };
        let note = note.map(|note| format!(": {note}")).unwrap_or_default();
        format!("{copies} × {title}{signed}{note}")
    }

    /// Reply how many orders there are.
    #[rpc_method]
    fn orders(&self) -> u64 {
        self.orders
    }

    /// Hang a picture.
    #[rpc_method]
    fn hang(&self, picture: Picture, wall: Option<u8>) -> Picture {
        let _ = wall;
        picture
    }

    /// Reply the number as it came.
    #[rpc_method]
    fn number(&self, number: u64) -> u64 {
        number
    }

    /// Fail, with all that a fault can say.
    #[rpc_method]
    fn refuse(&self, why: String) -> Result<(), Fault> {
        Err(Fault::new(40, "the picture is lent").with_data(json!({ "reason": why, "until": "June" })))
    }

    /// Reply when `gallery.release` is called.
    #[rpc_method]
    fn park(&mut self, reply: Reply<String>) {
        self.parked.push(reply);
    }

    /// Reply to all parked calls.
    #[rpc_method]
    fn release(&mut self) -> usize {
        self.parked.drain(..).map(|reply| reply.send("released".to_owned())).count()
    }

    /// Send who comes in.
    #[rpc_method]
    fn visitors(&mut self, visitors: Subscription<Visitor>) {
        self.visitors.add(visitors);
    }

    /// Let so many visitors in; reply how many watch.
    #[rpc_method]
    fn enter(&mut self, count: u64, #[param(default = "Ann")] name: &str) -> usize {
        for number in 1..=count {
            self.visitors.publish(&Visitor { number, name: name.to_owned() });
        }
        self.visitors.len()
    }

    /// Send the numbers down to one, and end.
    #[rpc_method]
    fn countdown(&self, from: u32, numbers: Subscription<u32>) {
        let _ = (1..=from).rev().try_for_each(|number| numbers.send(&number));
    }

    /// Buy a picture.
    #[rpc_method(deprecated = "use gallery.order")]
    fn buy(&self, title: String) -> String {
        title
    }

    /// `<script>window.harmed = 'summary'</script>` is no script.
    ///
    /// `<img src=x onerror="window.harmed = 'help'">` is no picture.
    #[rpc_method(name = "hostile.text")]
    #[example(
        name = "<b onclick=alert(1)>bold</b>",
        params("<svg onload=\"window.harmed = 'example'\">"),
        result = ""
    )]
    fn hostile(
        &self,
        /// `<iframe srcdoc="<script>parent.harmed = 'parameter'</script>"></iframe>`
        #[param(default = "\"><script>window.harmed = 'default'</script>")]
        text: String,
    ) -> Result<String, Fault> {
        let Some(text) = text.strip_prefix("fault ").map(str::to_owned) else { return Ok(text) };
        let data = json!({ "reason": &text, "parameter": &text, &text: &text });
        Err(Fault::new(1, text).with_data(data))
    }
}

/// Makes frames.
#[worker(name = "framer", every = "1h")]
#[derive(Default)]
struct Framer {}

#[worker]
impl Framer {
    fn tick(&mut self) {}

    /// Make a frame of this width.
    #[rpc_method]
    fn frame(&self, width: u32) -> String {
        format!("a frame of {width} cm")
    }
}

fn main() -> ExitCode {
    daemon_core::main::<Gallery>()
}
