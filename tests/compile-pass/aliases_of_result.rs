//! A `Result` under another name, whose error has no `Serialize`, and a boxed error.

use daemon_core::prelude::*;

type Res<T> = std::result::Result<T, No>;
type Done = Res<()>;
type Boxed<T> = std::result::Result<T, Box<dyn std::error::Error>>;

#[derive(Debug, Fault)]
enum No {
    /// No.
    #[fault(code = 1)]
    A,
}

#[rpc_type]
struct Point {
    x: u64,
}

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {
    #[rpc_method]
    fn number(&mut self) -> Res<u64> {
        Err(No::A)
    }

    #[rpc_method]
    fn point(&mut self, point: Point) -> Res<Vec<Point>> {
        Ok(vec![point])
    }

    #[rpc_method]
    fn plain(&mut self, points: Vec<Point>) -> Option<Point> {
        points.into_iter().next()
    }

    #[rpc_method]
    fn done(&mut self) -> Done {
        Ok(())
    }

    #[rpc_method]
    fn boxed(&mut self, text: &str) -> Boxed<u64> {
        Ok(text.parse()?)
    }

    #[rpc_method(worker = "pool")]
    fn pooled(point: Point) -> Res<Point> {
        Ok(point)
    }
}

fn main() {
    let _ = daemon_core::main::<Echo>;
}
