//! Both backings behave the same; what `create` has not made is refused.

#![allow(clippy::unwrap_used)]

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::sync::atomic::Ordering::Relaxed;

use nix::fcntl::{FcntlArg, SealFlag, fcntl};
use nix::sys::memfd::{MFdFlags, memfd_create};
use nix::unistd::{Uid, ftruncate, mkfifo};

use super::*;

const BOTH: [Backing; 2] = [Backing::Sealed, Backing::Named];

/// A prefix of the names in /dev/shm that no other test has.
fn prefix(test: &str) -> String {
    format!("segment-{test}-{}", std::process::id())
}

/// The names in /dev/shm that begin with `prefix`.
fn names(prefix: &str) -> Vec<String> {
    let entries = fs::read_dir("/dev/shm").unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.starts_with(prefix)).collect()
}

/// What the other process does with a key.
fn other_side(key: &Key) -> io::Result<Segment> {
    match key {
        Key::Descriptor(descriptor) => Segment::from_descriptor(descriptor.try_clone()?),
        Key::Name(name) => Segment::open(name.as_str()),
    }
}

#[test]
fn what_one_side_writes_the_other_reads() {
    for backing in BOTH {
        let (here, key) = Segment::create(backing, &prefix("both"), 3 * PAGE).unwrap();
        let there = other_side(&key).unwrap();
        assert_eq!((here.len(), there.len()), (3 * PAGE, 3 * PAGE));
        assert_ne!(here.as_ptr(), there.as_ptr());
        assert!(there.words().iter().all(|word| word.load(Relaxed) == 0), "a new one is all zero");
        here.words()[511].store(42, Relaxed);
        assert_eq!(there.words()[511].load(Relaxed), 42, "{backing:?}");
        // SAFETY: the last byte of three pages, which nothing else accesses meanwhile.
        unsafe { there.as_ptr().add(3 * PAGE - 1).write(7) };
        // SAFETY: as above.
        assert_eq!(unsafe { here.as_ptr().add(3 * PAGE - 1).read() }, 7, "{backing:?}");
    }
}

#[test]
fn a_segment_has_whole_pages_and_at_least_one() {
    for backing in BOTH {
        for (asked, made) in [(0, PAGE), (1, PAGE), (PAGE, PAGE), (PAGE + 1, 2 * PAGE)] {
            let (segment, _key) = Segment::create(backing, &prefix("pages"), asked).unwrap();
            assert_eq!(segment.len(), made, "{backing:?}");
            assert!(segment.as_ptr().addr().get().is_multiple_of(PAGE));
        }
    }
}

#[test]
fn both_sides_continue_without_the_key_and_no_other_process_can_map_it() {
    for backing in BOTH {
        let prefix = prefix("gone");
        let (here, key) = Segment::create(backing, &prefix, PAGE).unwrap();
        assert_eq!(names(&prefix).len(), usize::from(backing == Backing::Named));
        let there = other_side(&key).unwrap();
        assert_eq!(names(&prefix), [""; 0], "both sides have it");
        if let Key::Name(_) = key {
            assert!(other_side(&key).is_err());
        }
        drop(key);
        here.words()[0].store(1, Relaxed);
        drop(here);
        assert_eq!(there.words()[0].load(Relaxed), 1);
    }
}

#[test]
fn an_unopened_name_is_removed_with_its_key() {
    let prefix = prefix("owner");
    let (here, key) = Segment::create(Backing::Named, &prefix, PAGE).unwrap();
    drop(here);
    assert_eq!(names(&prefix).len(), 1, "a key outlives the mapping");
    drop(key);
    assert_eq!(names(&prefix).len(), 0);
}

#[test]
fn more_memory_than_there_is_is_an_error_and_leaves_nothing_behind() {
    let prefix = prefix("full");
    let room = nix::sys::statvfs::statvfs("/dev/shm").unwrap();
    let all = usize::try_from(room.blocks() * room.fragment_size()).unwrap();
    let error = Segment::create(Backing::Named, &prefix, all + PAGE).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(nix::libc::ENOSPC), "{error}");
    assert_eq!(names(&prefix), [""; 0]);
    for backing in BOTH {
        for len in [usize::MAX, usize::MAX / 2] {
            assert!(Segment::create(backing, &prefix, len).is_err(), "{backing:?} {len}");
        }
    }
    assert_eq!(names(&prefix), [""; 0]);
}

#[test]
fn all_pages_are_reserved_at_creation() {
    for backing in BOTH {
        let (_segment, key) = Segment::create(backing, &prefix("pages-reserved"), 64 * PAGE).unwrap();
        let file = match &key {
            Key::Descriptor(descriptor) => File::from(descriptor.try_clone().unwrap()),
            Key::Name(name) => File::open(format!("/dev/shm/{}", name.as_str())).unwrap(),
        };
        let blocks = usize::try_from(file.metadata().unwrap().blocks()).unwrap();
        assert_eq!(blocks * 512, 64 * PAGE, "{backing:?}");
    }
}

#[test]
fn a_sealed_segment_keeps_its_length_and_its_seals() {
    let (_segment, Key::Descriptor(descriptor)) =
        Segment::create(Backing::Sealed, &prefix("sealed"), 2 * PAGE).unwrap()
    else {
        panic!("a sealed segment has a descriptor");
    };
    let page = i64::try_from(PAGE).unwrap();
    for len in [0, page, 3 * page] {
        assert_eq!(ftruncate(&descriptor, len), Err(Errno::EPERM));
    }
    let more = FcntlArg::F_ADD_SEALS(SealFlag::F_SEAL_WRITE);
    assert_eq!(fcntl(&descriptor, more), Err(Errno::EPERM));
    assert_eq!(fcntl(&descriptor, FcntlArg::F_GETFD).unwrap(), nix::libc::FD_CLOEXEC);
}

#[test]
fn a_descriptor_that_is_not_sealed_is_refused() {
    let seals = |seals: SealFlag| {
        let descriptor = memfd_create("other", MFdFlags::MFD_ALLOW_SEALING | MFdFlags::MFD_CLOEXEC).unwrap();
        ftruncate(&descriptor, i64::try_from(PAGE).unwrap()).unwrap();
        fcntl(&descriptor, FcntlArg::F_ADD_SEALS(seals)).unwrap();
        Segment::from_descriptor(descriptor)
    };
    let all = [SealFlag::F_SEAL_SHRINK, SealFlag::F_SEAL_GROW, SealFlag::F_SEAL_SEAL];
    assert!(seals(all.into_iter().collect()).is_ok());
    for missing in all {
        let others = all.into_iter().filter(|seal| *seal != missing).collect();
        let error = seals(others).unwrap_err();
        assert!(error.to_string().contains("not sealed"), "{missing:?}: {error}");
    }
    // Neither a file on disk nor a named segment can be sealed.
    let (_segment, key) = Segment::create(Backing::Named, &prefix("unsealed"), PAGE).unwrap();
    let Key::Name(name) = &key else { panic!("a named segment has a name") };
    let file = File::options().read(true).write(true).open(format!("/dev/shm/{}", name.as_str())).unwrap();
    assert!(Segment::from_descriptor(file.into()).is_err());
}

#[test]
fn a_descriptor_of_another_size_kind_or_owner_is_refused() {
    let sealed = |len: usize, owner: Option<u32>| {
        let descriptor = memfd_create("other", MFdFlags::MFD_ALLOW_SEALING | MFdFlags::MFD_CLOEXEC).unwrap();
        ftruncate(&descriptor, i64::try_from(len).unwrap()).unwrap();
        let seals = SealFlag::F_SEAL_SHRINK | SealFlag::F_SEAL_GROW | SealFlag::F_SEAL_SEAL;
        fcntl(&descriptor, FcntlArg::F_ADD_SEALS(seals)).unwrap();
        if let Some(owner) = owner {
            nix::unistd::fchown(&descriptor, Some(Uid::from_raw(owner)), None).unwrap();
        }
        Segment::from_descriptor(descriptor)
    };
    assert!(sealed(PAGE, None).is_ok());
    for len in [0, 1, PAGE - 1, PAGE + 1] {
        assert!(sealed(len, None).unwrap_err().to_string().contains("not a valid segment"));
    }
    for file in ["/dev/null", "/"] {
        assert!(Segment::from_descriptor(File::open(file).unwrap().into()).is_err(), "{file}");
    }
    // Only root can give a file away.
    if geteuid().is_root() {
        assert!(sealed(PAGE, Some(1)).unwrap_err().to_string().contains("belongs to uid 1"));
    }
}

#[test]
fn a_name_of_another_size_kind_mode_or_owner_is_refused() {
    let name = format!("{}.1", prefix("refused"));
    let path = format!("/dev/shm/{name}");
    let refused = |why: &str| {
        let error = Segment::open(&name).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    };
    fs::write(&path, [0; PAGE]).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    assert!(Segment::open(&name).is_ok());
    fs::write(&path, [0; PAGE]).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o660)).unwrap();
    refused("its mode is 660");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    // Only root can give a file away.
    if geteuid().is_root() {
        std::os::unix::fs::chown(&path, Some(1), None).unwrap();
        refused("belongs to uid 1");
        std::os::unix::fs::chown(&path, Some(0), None).unwrap();
    }
    for len in [0, 1, PAGE - 1, PAGE + 1] {
        fs::write(&path, vec![0; len]).unwrap();
        refused("not a valid segment");
    }
    fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink("/dev/null", &path).unwrap();
    refused("symbolic link");
    fs::remove_file(&path).unwrap();
    mkfifo(path.as_str(), nix::sys::stat::Mode::S_IRWXU).unwrap();
    refused("not a valid segment");
    fs::remove_file(&path).unwrap();
    for name in ["", ".", "..", "../null", "/null", "a/b", "absent"] {
        assert!(Segment::open(name).is_err(), "{name}");
    }
}

#[test]
fn a_named_segment_is_private_and_has_a_random_name() {
    let prefix = prefix("secret");
    let (_one, _key) = Segment::create(Backing::Named, &prefix, PAGE).unwrap();
    let (_other, _other_key) = Segment::create(Backing::Named, &prefix, PAGE).unwrap();
    let names = names(&prefix);
    assert_eq!(names.len(), 2);
    for name in names {
        let parts: Vec<&str> = name.split('.').collect();
        assert_eq!(parts[..2], [prefix.as_str(), &std::process::id().to_string()]);
        assert_eq!((parts[2].len(), parts.len()), (32, 3), "{name}");
        let metadata = fs::metadata(format!("/dev/shm/{name}")).unwrap();
        assert_eq!((metadata.mode() & 0o777, metadata.uid()), (0o600, geteuid().as_raw()));
    }
}

#[test]
fn sweeping_removes_only_the_names_of_dead_processes() {
    let prefix = prefix("sweep");
    let mut dead = Command::new("true").spawn().unwrap();
    dead.wait().unwrap();
    let (dead, alive) = (dead.id(), std::process::id());
    let swept = [format!("{prefix}.{dead}.0"), format!("{prefix}.{dead}.1.2")];
    let mut kept = vec![
        format!("{prefix}.{alive}.0"),
        format!("{prefix}.{dead}"),
        format!("{prefix}.x.0"),
        format!("{prefix}.-1.0"),
        format!("{prefix}.0.0"),
        format!("{prefix}x.{dead}.0"),
    ];
    if geteuid().is_root() {
        let foreign = format!("{prefix}.{dead}.3");
        fs::write(format!("/dev/shm/{foreign}"), "").unwrap();
        std::os::unix::fs::chown(format!("/dev/shm/{foreign}"), Some(1), None).unwrap();
        kept.push(foreign);
    }
    for name in swept.iter().chain(&kept) {
        File::options().append(true).create(true).open(format!("/dev/shm/{name}")).unwrap();
    }
    let directory = format!("/dev/shm/{prefix}.{dead}.4");
    fs::create_dir(&directory).unwrap();
    sweep(&prefix);
    fs::remove_dir(directory).unwrap();
    let mut left = names(&prefix);
    left.iter().for_each(|name| fs::remove_file(format!("/dev/shm/{name}")).unwrap());
    left.sort();
    kept.sort();
    assert_eq!(left, kept);
}

#[test]
fn descriptor_zero_is_never_a_segment() {
    const CHILD: &str = "SEGMENT_TEST_WITHOUT_DESCRIPTOR_ZERO";
    if std::env::var_os(CHILD).is_some() {
        // SAFETY: the parent has started this process for this test alone, which does not read standard input.
        unsafe { nix::libc::close(0) };
        let prefix = prefix("zero");
        let (segment, key) = Segment::create(Backing::Named, &prefix, PAGE).unwrap();
        assert_eq!(fs::read_link("/proc/self/fd/0").unwrap().to_str(), Some("/dev/null"));
        drop(key);
        drop(segment);
        assert_eq!(names(&prefix), [""; 0]);
        return;
    }
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "sys::memory::tests::descriptor_zero_is_never_a_segment"])
        .env(CHILD, "1")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

#[test]
fn a_dropped_segment_leaves_no_descriptor_and_no_mapping() {
    let ours = |text: String| text.lines().filter(|line| line.contains(&prefix("leak"))).count();
    for backing in BOTH {
        for _ in 0..50 {
            let (here, key) = Segment::create(backing, &prefix("leak"), PAGE).unwrap();
            drop((other_side(&key).unwrap(), here, key));
        }
        let open = fs::read_dir("/proc/self/fd").unwrap().flatten();
        let open = open.filter_map(|entry| fs::read_link(entry.path()).ok());
        assert_eq!(ours(open.map(|path| format!("{}\n", path.display())).collect()), 0, "{backing:?}");
        assert_eq!(ours(fs::read_to_string("/proc/self/maps").unwrap()), 0, "{backing:?}");
    }
}
