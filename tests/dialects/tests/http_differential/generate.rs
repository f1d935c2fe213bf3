//! Requests by chance: well-formed ones in all their variety, and broken ones that are made of them.

use harness::Random;

/// A stream of requests.
pub(crate) struct Case {
    pub(crate) bytes: Vec<u8>,
    pub(crate) is_well_formed: bool,
}

/// What every broken stream starts with: from here on the connection speaks HTTP.
const OPENING: &str = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
/// What every broken stream ends with: whoever misjudges the end of a message before it does not answer it.
const CLOSING: &str = "GET /closing HTTP/1.1\r\nHost: x\r\n\r\n";

/// Headers that frame a message, or that a reader could take for such.
const FRAMING: [&str; 18] = [
    "Content-Length: 5",
    "Content-Length: 0",
    "Content-Length: -1",
    "Content-Length: +5",
    "Content-Length: 5, 5",
    "Content-Length: 5, 6",
    "Content-Length: 99999999999999999999999",
    "Content-Length: 0x5",
    "Content-Length:",
    "Content-Length : 5",
    "Content_Length: 5",
    "Transfer-Encoding: chunked",
    "Transfer-Encoding: identity",
    "Transfer-Encoding: gzip, chunked",
    "Transfer-Encoding: chunked, chunked",
    "Transfer-Encoding : chunked",
    "Transfer-Encoding: \"chunked\"",
    "Transfer-Encoding:\u{b}chunked",
];

/// Sizes of chunks that are none, or nearly.
const SIZES: [&str; 10] =
    ["-1", "+1", "0x1", "", " 1", "1 ", "1_0", "g", "ffffffffffffffff", "10000000000000001"];

/// Bytes that end lines, separate words, or end texts.
const SPECIAL: [&str; 12] =
    ["\r", "\n", "\r\n", "\0", " ", "\t", ":", "\r\n ", "\n\n", ";", "\u{b}", "\r\r\n"];

/// Creates a stream; every other one is broken.
pub(crate) fn case(random: &mut Random) -> Case {
    let is_well_formed = random.below(2) == 0;
    let count = 1 + random.below(4);
    let mut bytes = Vec::new();
    for index in 0..count {
        bytes.extend(["", "", "", "\r\n"][random.below(4)].bytes());
        bytes.extend(request(random, index + 1 == count));
    }
    if !is_well_formed {
        (0..=random.below(2)).for_each(|_| damage(&mut bytes, random));
        bytes = [OPENING.as_bytes(), &bytes, CLOSING.as_bytes()].concat();
    }
    Case { bytes, is_well_formed }
}

/// Creates a well-formed request. Only the last one may end the connection.
fn request(random: &mut Random, is_last: bool) -> Vec<u8> {
    let (method, target) = line(random);
    let is_old = random.below(5) == 0;
    let mut headers = extra_headers(random);
    if !is_old || random.below(2) == 0 {
        headers.push(header("Host", "x", random));
    }
    match (is_old, is_last) {
        (_, true) if random.below(2) == 0 => headers.push(header("Connection", "close", random)),
        (true, _) => headers.push(header("Connection", "keep-alive", random)),
        (false, _) => {}
    }
    let body = framed_body(random, method, is_old, &mut headers);
    shuffle(&mut headers, random);
    let version = if is_old { "1.0" } else { "1.1" };
    let head = format!("{method} {target} HTTP/{version}\r\n{}\r\n", headers.concat());
    [head.chars().map(|char| char as u8).collect(), body].concat()
}

fn line(random: &mut Random) -> (&'static str, &'static str) {
    const LINES: [(&str, &str); 14] = [
        ("POST", "/rpc"),
        ("POST", "/"),
        ("POST", "http://x/rpc"),
        ("POST", "/rpc?x=1"),
        ("POST", "/nope"),
        ("GET", "/healthz"),
        ("GET", "HTTP://x:80/healthz?"),
        ("GET", "/%7Ex/..;a=b?c=%00"),
        ("HEAD", "/healthz"),
        ("HEAD", "/nope"),
        ("OPTIONS", "/rpc"),
        ("OPTIONS", "*"),
        ("DELETE", "/rpc"),
        ("M-SEARCH", "/rpc"),
    ];
    // Most have a body.
    match random.below(2) {
        0 => LINES[random.below(4)],
        _ => LINES[random.below(LINES.len())],
    }
}

fn extra_headers(random: &mut Random) -> Vec<String> {
    const HEADERS: [(&str, &str); 8] = [
        ("Accept", "*/*"),
        ("X-Empty", ""),
        ("X-List", "a, b,, c"),
        ("X-Latin", "gr\u{fc}n"),
        ("Cookie", "a=\"b; c\""),
        ("X-Content-Length", "7"),
        ("X-Colon", ":: Transfer-Encoding: chunked"),
        ("!#$%&'*+-.^_`|~", "a name of all signs"),
    ];
    let count = random.below(4);
    let mut any = || {
        let (name, value) = HEADERS[random.below(HEADERS.len())];
        header(name, value, random)
    };
    (0..count).map(|_| any()).collect()
}

/// Writes a header, in some case and with some white space.
fn header(name: &str, value: &str, random: &mut Random) -> String {
    const BLANKS: [&str; 6] = [" ", " ", " ", "", "\t", "  \t "];
    let name = match random.below(4) {
        0 => name.to_ascii_uppercase(),
        1 => name.to_ascii_lowercase(),
        _ => name.to_owned(),
    };
    let (before, after) = (BLANKS[random.below(6)], BLANKS[3 + random.below(3)]);
    format!("{name}:{before}{value}{after}\r\n")
}

/// Creates a body, and adds the header that says where it ends.
fn framed_body(random: &mut Random, method: &str, is_old: bool, headers: &mut Vec<String>) -> Vec<u8> {
    if method != "POST" && random.below(3) > 0 {
        return Vec::new();
    }
    if random.below(4) == 0 && !is_old {
        headers.push(header("Expect", "100-continue", random));
    }
    let body = body(random);
    if is_old || random.below(2) == 0 {
        let zeros = "0".repeat(random.below(3));
        headers.push(header("Content-Length", &format!("{zeros}{}", body.len()), random));
        return body;
    }
    headers.push(header("Transfer-Encoding", ["chunked", "Chunked"][random.below(2)], random));
    chunks(&body, random)
}

fn body(random: &mut Random) -> Vec<u8> {
    let text = match random.below(4) {
        0 => "hello".to_owned(),
        1 => random.number().to_string(),
        2 => "x".repeat(random.below(300)),
        _ => String::new(),
    };
    match random.below(6) {
        // It looks like a request, or like the end of a body.
        0 => format!("\r\n0\r\n\r\nGET /inner HTTP/1.1\r\nHost: x\r\n\r\n{text}").into_bytes(),
        1 => random.bytes(20),
        id => format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"teller.echo","params":["{text}"]}}"#)
            .into_bytes(),
    }
}

/// Cuts a body into chunks, with extensions and trailers.
fn chunks(body: &[u8], random: &mut Random) -> Vec<u8> {
    const EXTENSIONS: [&str; 6] = ["", "", "", ";a", ";a=b;c", ";a=\"b, c\""];
    const TRAILERS: [&str; 4] = ["", "", "X-Trailer: x\r\n", "X-Trailer: x\r\nContent-Length: 3\r\n"];
    let mut bytes = Vec::new();
    for chunk in body.chunks(1 + random.below(60)) {
        let zeros = "0".repeat(random.below(3));
        let size = match random.below(2) {
            0 => format!("{zeros}{:x}", chunk.len()),
            _ => format!("{zeros}{:X}", chunk.len()),
        };
        bytes.extend(format!("{size}{}\r\n", EXTENSIONS[random.below(6)]).bytes());
        bytes.extend(chunk);
        bytes.extend(b"\r\n");
    }
    bytes.extend(format!("{}\r\n{}\r\n", "0".repeat(1 + random.below(3)), TRAILERS[random.below(4)]).bytes());
    bytes
}

fn shuffle(headers: &mut [String], random: &mut Random) {
    for end in (1..headers.len()).rev() {
        headers.swap(end, random.below(end + 1));
    }
}

/// Breaks something.
fn damage(bytes: &mut Vec<u8>, random: &mut Random) {
    let at = random.below(bytes.len().max(1)).min(bytes.len());
    match random.below(9) {
        0 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
        1 => bytes.truncate(at),
        2 => drop(bytes.drain(at..bytes.len().min(at + 1 + random.below(8)))),
        3 => insert(bytes, at, SPECIAL[random.below(SPECIAL.len())]),
        4 => replace_one(bytes, "\r\n", SPECIAL[random.below(SPECIAL.len())], random),
        5 => replace_one(bytes, ": ", [" : ", "\t:", ":\0", ":\r\n ", " "][random.below(5)], random),
        6 => replace_one(bytes, "Host: x", "", random),
        7 => replace_one(bytes, "\r\n", &format!("\r\n{}\r\n", SIZES[random.below(SIZES.len())]), random),
        _ => replace_one(bytes, "\r\n", &format!("\r\n{}\r\n", FRAMING[random.below(FRAMING.len())]), random),
    }
}

fn insert(bytes: &mut Vec<u8>, at: usize, text: &str) {
    bytes.splice(at..at, text.bytes());
}

/// Replaces one of the places where `old` is.
fn replace_one(bytes: &mut Vec<u8>, old: &str, new: &str, random: &mut Random) {
    let places: Vec<usize> = bytes
        .windows(old.len())
        .enumerate()
        .filter(|(_, window)| *window == old.as_bytes())
        .map(|(at, _)| at)
        .collect();
    if !places.is_empty() {
        let at = places[random.below(places.len())];
        bytes.splice(at..at + old.len(), new.bytes());
    }
}
