//! The baseline of the HTTP bench: hyper on a runtime, which answers each request with the bytes of its body.

#![allow(clippy::print_stdout, reason = "it says when it is ready")]

use std::convert::Infallible;
use std::error::Error;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::UnixListener;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("usage: hyper-echo PATH")?;
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(serve(&path))
}

async fn serve(path: &str) -> Result<(), Box<dyn Error>> {
    let listener = UnixListener::bind(path)?;
    println!("ready on {path}");
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(echo)));
    }
}

async fn echo(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let bytes = request.into_body().collect().await.map_or_else(|_| Bytes::new(), |body| body.to_bytes());
    let mut response = Response::new(Full::new(bytes));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}
