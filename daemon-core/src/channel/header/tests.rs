//! The header is read as it was written; any other content does no harm.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::sys::memory::Backing;

fn segment(len: usize) -> Arc<Segment> {
    Arc::new(Segment::create(Backing::Sealed, "header", len).unwrap().0)
}

fn header() -> Header {
    Header::write(segment(2 * PAGE))
}

#[test]
fn a_header_that_was_written_is_recognised() {
    let header = header();
    assert!(Header::check(Arc::clone(&header.segment)).is_ok());
}

#[test]
fn a_header_of_another_layout_is_refused() {
    assert_eq!(Header::check(segment(PAGE)).unwrap_err(), Broken("it has the layout of another version"));
    for word in [LAYOUT, LENGTH, RING] {
        let header = header();
        let word = &header.words()[word];
        word.store(word.load(Relaxed) + 1, Relaxed);
        assert!(Header::check(header.segment).is_err());
    }
}

#[test]
fn the_rings_fit_after_the_first_page() {
    for (pages, capacity) in [(2, 2048), (3, 4096), (4, 4096), (5, 8192), (129, 256 * 1024)] {
        assert_eq!(ring(pages * PAGE), capacity, "{pages} pages");
        assert!(Header::write(segment(pages * PAGE)).areas().is_ok());
    }
    assert!(Header::write(segment(PAGE)).areas().is_err());
}

#[test]
fn the_daemon_reads_the_counts_of_the_worker() {
    let worker = header();
    let daemon = Header::check(Arc::clone(&worker.segment)).unwrap();
    worker.set_state(u32::MAX);
    worker.beat();
    (0..2).for_each(|_| worker.count_begun());
    (0..3).for_each(|_| worker.count_loop());
    assert_eq!(daemon.state(), u32::MAX);
    assert_eq!((daemon.heartbeat(), daemon.begun(), daemon.loops()), (1, 2, 3));
    worker.words()[HEARTBEAT].store(u64::MAX, Relaxed);
    worker.beat();
    assert_eq!(daemon.heartbeat(), 0);
}

#[test]
fn the_newest_last_words_are_kept() {
    let header = header();
    let last = LastWords::of(&header);
    assert_eq!(header.last_words(), None);
    for text in ["a long sentence, to begin with", "short", "12345678", "ä", ""] {
        last.write(format_args!("{text}"));
        assert_eq!(header.last_words().as_deref(), Some(text).filter(|text| !text.is_empty()));
    }
    last.write(format_args!("panicked at {}:{}: {:?}", "x.rs", 7, "why"));
    assert_eq!(header.last_words().unwrap(), "panicked at x.rs:7: \"why\"");
    header.forget_last_words();
    assert_eq!(header.last_words(), None);
}

#[test]
fn last_words_that_are_too_long_end_with_a_whole_character() {
    let header = header();
    let last = LastWords::of(&header);
    for lead in 0..8 {
        let text = format!("{}{}", "x".repeat(lead), "€".repeat(LAST_WORDS));
        // In one piece, and in pieces.
        last.write(format_args!("{text}"));
        let kept = header.last_words().unwrap();
        assert!(text.starts_with(&kept) && kept.len() > LAST_WORDS - 3 && kept.len() <= LAST_WORDS);
        last.write(format_args!("{}{}", &text[..lead], &text[lead..]));
        assert_eq!(header.last_words().unwrap(), kept);
    }
    last.write(format_args!("{}", "x".repeat(LAST_WORDS)));
    assert_eq!(header.last_words().unwrap().len(), LAST_WORDS);
}

#[test]
fn last_words_that_are_garbage_are_read_without_harm() {
    let header = header();
    for length in [1, 999, 1000, 1001, u64::MAX] {
        header.words()[LAST_WORDS_LENGTH].store(length, Relaxed);
        for byte in [0, b'x', 0x80, 0xff] {
            for word in &header.words()[LAST_WORDS_TEXT..LAST_WORDS_TEXT + LAST_WORDS / 8] {
                word.store(u64::from_le_bytes([byte; 8]), Relaxed);
            }
            let kept = header.last_words().unwrap();
            assert_eq!(kept.chars().count(), usize::try_from(length).unwrap().min(LAST_WORDS));
        }
    }
}

#[test]
fn last_words_can_be_written_from_any_thread_and_outlive_the_channel() {
    let header = header();
    let last = LastWords::of(&header);
    let segment = Arc::downgrade(&header.segment);
    drop(header);
    std::thread::spawn(move || {
        last.write(format_args!("good-bye"));
        assert!(segment.upgrade().is_some());
    })
    .join()
    .unwrap();
}
