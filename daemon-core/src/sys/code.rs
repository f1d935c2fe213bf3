//! The code of this process, as far as it takes memory.
//!
//! # Safety
//!
//! This module may use unsafe code: dl_iterate_phdr(3) lends pointers, of which nothing is kept.
#![allow(unsafe_code)]

use std::ffi::CStr;
use std::ops::Range;
use std::os::raw::{c_int, c_void};
use std::{ptr, slice};

use nix::libc;
use nix::unistd::{SysconfVar, sysconf};

/// Drops the pages of code and of constants that are in this process's memory. Those that are used again come back from the
/// page cache, at the cost of a minor fault; those that only the start has used do not.
///
/// They are never written (a page that were, as by a debugger, would lose that): what is dropped is what the file has.
pub(crate) fn forget() {
    // SAFETY: the function has the type that is called, and needs no data.
    unsafe {
        libc::dl_iterate_phdr(Some(forget_object), ptr::null_mut());
    }
}

/// Drops the pages of the program, or of one library.
unsafe extern "C" fn forget_object(info: *mut libc::dl_phdr_info, _: usize, _: *mut c_void) -> c_int {
    // SAFETY: dl_iterate_phdr(3) lends a valid description.
    let info = unsafe { &*info };
    // SAFETY: it has this many headers.
    let segments = unsafe { slice::from_raw_parts(info.dlpi_phdr, usize::from(info.dlpi_phnum)) };
    // SAFETY: its name is a string that ends with a NUL.
    let name = unsafe { CStr::from_ptr(info.dlpi_name) };
    if !is_file(name) {
        return 0;
    }
    for segment in segments.iter().filter(|segment| is_constant(segment)) {
        let Some(Range { start, end }) = pages(info.dlpi_addr, segment) else { continue };
        // SAFETY: the range is mapped from a file and never written: madvise(2) keeps its content.
        unsafe {
            libc::madvise(ptr::with_exposed_provenance_mut(start), end - start, libc::MADV_DONTNEED);
        }
    }
    0
}

/// Whether an object comes from a file: the program, which has no name, or a library. The kernel's own does not.
fn is_file(name: &CStr) -> bool {
    name.is_empty() || name.to_bytes().starts_with(b"/")
}

/// Whether a segment is loaded, and nothing may write to it, not even the dynamic linker.
fn is_constant(segment: &libc::Elf64_Phdr) -> bool {
    segment.p_type == libc::PT_LOAD && segment.p_flags & libc::PF_W == 0
}

/// Returns the addresses of the pages of a segment, of an object that is loaded at `base`.
fn pages(base: u64, segment: &libc::Elf64_Phdr) -> Option<Range<usize>> {
    let page = u64::try_from(sysconf(SysconfVar::PAGE_SIZE).ok()??).ok()?;
    let start = base.checked_add(segment.p_vaddr)?;
    let end = start.checked_add(segment.p_memsz)?.checked_next_multiple_of(page)?;
    Some(usize::try_from(start - start % page).ok()?..usize::try_from(end).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(p_type: u32, p_flags: u32) -> libc::Elf64_Phdr {
        let (p_offset, p_vaddr, p_paddr, p_align) = (0, 0x1234, 0, 0x1000);
        libc::Elf64_Phdr {
            p_type,
            p_flags,
            p_offset,
            p_vaddr,
            p_paddr,
            p_filesz: 0x10,
            p_memsz: 0x10,
            p_align,
        }
    }

    #[test]
    fn only_what_nobody_writes_is_forgotten() {
        for (p_type, p_flags, expected) in [
            (libc::PT_LOAD, libc::PF_R | libc::PF_X, true),
            (libc::PT_LOAD, libc::PF_R, true),
            (libc::PT_LOAD, libc::PF_R | libc::PF_W, false),
            (libc::PT_GNU_RELRO, libc::PF_R, false),
        ] {
            assert_eq!(is_constant(&segment(p_type, p_flags)), expected, "{p_type} {p_flags}");
        }
        for (name, expected) in [(c"", true), (c"/lib/libc.so.6", true), (c"linux-vdso.so.1", false)] {
            assert_eq!(is_file(name), expected, "{name:?}");
        }
    }

    #[test]
    fn whole_pages_are_forgotten() {
        let page = u64::try_from(sysconf(SysconfVar::PAGE_SIZE).unwrap().unwrap()).unwrap();
        let base = 16 * page;
        let Range { start, end } = pages(base, &segment(libc::PT_LOAD, libc::PF_R)).unwrap();
        assert_eq!((start as u64 % page, end as u64 % page), (0, 0));
        assert!(start as u64 <= base + 0x1234 && end as u64 >= base + 0x1244, "{start:x} {end:x}");
        assert!(pages(u64::MAX, &segment(libc::PT_LOAD, libc::PF_R)).is_none());
    }

    #[test]
    fn a_program_goes_on_without_its_code_in_memory() {
        forget();
        assert!(format!("{:?}", [1, 2]).ends_with("2]"));
    }
}
