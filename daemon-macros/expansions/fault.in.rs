#[derive(Debug, Fault)]
enum Refused {
    /// The store is full.
    ///
    /// It was never empty.
    #[fault(code = 1)]
    Full,
    #[fault(code = 2, message = "no such item: {name}")]
    Unknown { name: String, place: u32 },
    #[fault(code = -3, message = "{1:?} is not {0}, but {{this}} {1:?}")]
    Different(u32, String, u8),
    #[fault(code = 4)]
    NotFoundAnywhere,
    #[fault(code = 5, message = "wait for {seconds} s")]
    Busy {
        seconds: u64,
        #[fault(data)]
        queue: Queue,
    },
    #[fault(code = 6, message = "100 {{percent}}")]
    Braces(#[fault(data)] u8),
    #[fault(code = 7)]
    Disk(#[from] std::io::Error),
    #[fault(code = 8)]
    Shut {
        #[fault(data)]
        until: Date,
    },
}

#[derive(Debug, thiserror::Error, Fault)]
enum Failed {
    #[error("the disk failed: {0}")]
    #[fault(code = 1)]
    Disk(#[from] std::io::Error),
}
