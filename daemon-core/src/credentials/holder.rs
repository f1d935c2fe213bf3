//! What a daemon checks what callers show with: the hashes of its tokens, and the secret of its suite.

use std::path::PathBuf;
use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime};

use nix::unistd::geteuid;
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use tracing::{error, info};

use super::file::{self, Stamp};
use super::secret::{self, Secrets};
use super::shown::{Named, Shown};
use super::store;
use super::token::{Hash, hash};
use crate::error::Result;
use crate::timers::after;

/// How old what is known of the files may be, for a caller that has shown something before.
const AGE: Duration = Duration::from_secs(1);

/// The credentials that a daemon knows.
#[derive(Default)]
pub(crate) struct Credentials {
    /// The file of tokens, if the daemon has any.
    tokens_file: Option<Watched>,
    tokens: Vec<Entry>,
    secret_file: Option<Watched>,
    secrets: Option<KnownSecrets>,
    /// When the files are looked at again.
    due: Option<Instant>,
    clock: Clock,
}

/// The time of day; another one in tests.
#[derive(Clone, Copy)]
struct Clock(fn() -> SystemTime);

impl Default for Clock {
    fn default() -> Self {
        Clock(SystemTime::now)
    }
}

/// A file, and what it was when it was last read.
struct Watched {
    path: PathBuf,
    seen: Option<Stamp>,
}

struct Entry {
    hash: Hash,
    named: Rc<Named>,
}

/// The hashes of the secrets, and until when the previous one is valid.
struct KnownSecrets {
    current: Hash,
    previous: Option<(Hash, SystemTime)>,
}

impl Credentials {
    /// Reads the files. They may come later, and change.
    ///
    /// # Errors
    ///
    /// If one can't be read, or must not be used.
    pub(crate) fn open(tokens: Option<PathBuf>, secret: Option<PathBuf>) -> Result<Self> {
        let watched = |path: Option<PathBuf>| path.map(|path| Watched { path, seen: None });
        let mut credentials = Credentials {
            tokens_file: watched(tokens),
            secret_file: watched(secret),
            ..Credentials::default()
        };
        credentials.read_tokens()?;
        credentials.read_secret()?;
        credentials.withdraw_expired();
        Ok(credentials)
    }

    /// Whether there is a token that is valid.
    pub(crate) fn has_tokens(&self) -> bool {
        self.tokens.iter().any(|entry| entry.named.is_valid())
    }

    /// Reads the files again that have changed; returns why one can't be used. Then nothing in it is valid.
    pub(crate) fn reload(&mut self) -> Option<String> {
        let failures = [self.read_tokens().err(), self.read_secret().err()];
        self.withdraw_expired();
        let reports: Vec<String> = failures.into_iter().flatten().map(|error| error.report()).collect();
        let report = (!reports.is_empty()).then(|| reports.join("; "))?;
        error!("no caller can show what it has: {report}");
        Some(report)
    }

    /// Looks at the files now and then, for callers that have shown something before.
    pub(crate) fn refresh(&mut self, now: Instant) {
        if self.due.is_none_or(|due| due <= now) {
            self.due = Some(after(now, AGE));
            self.reload();
        }
    }

    /// Checks what a caller shows, beside what it has shown `before`. `uid` is its user, if that is known.
    pub(crate) fn check(&mut self, text: &str, uid: Option<u32>, before: &Shown) -> Option<Shown> {
        self.reload();
        let shown = hash(text);
        if let Some(named) = self.find(&shown) {
            return Some(before.with_token(named));
        }
        let is_member = self.is_secret(&shown) && uid.is_none_or(is_trusted);
        is_member.then(|| before.with_secret())
    }

    /// Finds a token by its hash. How long it takes does not depend on which one it is.
    fn find(&self, shown: &Hash) -> Option<Rc<Named>> {
        let mut found = u32::MAX;
        for (index, entry) in (0..).zip(&self.tokens) {
            let is_it: Choice = entry.hash.ct_eq(shown);
            found.conditional_assign(&index, is_it);
        }
        let entry = self.tokens.get(usize::try_from(found).ok()?)?;
        entry.named.is_valid().then(|| Rc::clone(&entry.named))
    }

    fn is_secret(&self, shown: &Hash) -> bool {
        let Some(KnownSecrets { current, previous }) = &self.secrets else { return false };
        let is_current = current.ct_eq(shown);
        let is_previous = match previous {
            Some((previous, end)) if (self.clock.0)() < *end => previous.ct_eq(shown),
            Some(_) | None => Choice::from(0),
        };
        (is_current | is_previous).into()
    }

    /// Reads the tokens if their file has changed. Those that are gone are withdrawn from the callers that have shown them.
    fn read_tokens(&mut self) -> Result<()> {
        let Some(watched) = &mut self.tokens_file else { return Ok(()) };
        let Some(text) = watched.changed() else { return Ok(()) };
        let is_first = self.tokens.is_empty();
        let path = &watched.path;
        let read = text.and_then(|text| store::parse(path, &text)).map(|tokens| {
            let entry = |token: store::Token| Entry {
                hash: token.hash,
                named: Named::new(&token.name, token.expires),
            };
            tokens.into_iter().map(entry).collect::<Vec<Entry>>()
        });
        let (mut tokens, result) = match read {
            Ok(tokens) => (tokens, Ok(())),
            Err(error) => (Vec::new(), Err(error)),
        };
        for before in &self.tokens {
            match tokens.iter_mut().find(|entry| entry.is_same(before)) {
                Some(entry) => entry.named = Rc::clone(&before.named),
                None => before.named.withdraw(),
            }
        }
        self.tokens = tokens;
        if !is_first {
            info!(count = self.tokens.len(), "read the tokens again");
        }
        result
    }

    fn read_secret(&mut self) -> Result<()> {
        let Some(watched) = &mut self.secret_file else { return Ok(()) };
        let Some(text) = watched.changed() else { return Ok(()) };
        let read = text.and_then(|text| secret::parse(&watched.path, &text));
        let known = |Secrets { current, previous }: Secrets| KnownSecrets {
            current: hash(&current),
            previous: previous.map(|(previous, end)| (hash(&previous), end)),
        };
        self.secrets = None;
        self.secrets = read?.map(known);
        Ok(())
    }

    fn withdraw_expired(&self) {
        let mut with_end =
            self.tokens.iter().filter_map(|entry| Some((entry, entry.named.expires?))).peekable();
        if with_end.peek().is_none() {
            return;
        }
        let now = (self.clock.0)();
        with_end.filter(|(_, end)| *end <= now).for_each(|(entry, _)| entry.named.withdraw());
    }
}

impl Entry {
    fn is_same(&self, other: &Entry) -> bool {
        self.hash == other.hash
            && self.named.name == other.named.name
            && self.named.expires == other.named.expires
    }
}

impl Watched {
    /// Reads the file if it has changed: its text, empty if it is gone.
    fn changed(&mut self) -> Option<Result<String>> {
        let is_first = self.seen.is_none();
        let stamp = Stamp::of(&self.path);
        if stamp == self.seen {
            return None;
        }
        self.seen = stamp;
        match file::read(&self.path) {
            // What was read is what counts, if it has changed in between.
            Ok(Some((text, stamp))) => {
                self.seen = Some(stamp);
                Some(Ok(text))
            }
            Ok(None) if is_first => None,
            Ok(None) => Some(Ok(String::new())),
            Err(error) => {
                // The reason may pass, without a change of the file.
                self.seen = None;
                Some(Err(error))
            }
        }
    }
}

/// Whether a user may be a member of this suite: members run as one user.
fn is_trusted(uid: u32) -> bool {
    uid == geteuid().as_raw() || uid == 0
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;

    use tempfile::TempDir;

    use super::*;
    use crate::credentials::{make_secret, rotate_secret};

    struct Home {
        directory: TempDir,
        tokens: PathBuf,
        credentials: Credentials,
    }

    impl Home {
        fn new() -> Self {
            let directory = tempfile::tempdir().unwrap();
            let tokens = directory.path().join("tokens");
            let secret = make_secret(directory.path()).unwrap();
            let credentials = Credentials::open(Some(tokens.clone()), Some(secret)).unwrap();
            Home { directory, tokens, credentials }
        }

        fn add(&self, name: &str, lifetime: Option<Duration>) -> String {
            store::add(&self.tokens, name, lifetime, None, SystemTime::now()).unwrap()
        }

        fn check(&mut self, text: &str) -> Option<Shown> {
            self.credentials.check(text, None, &Shown::default())
        }
    }

    /// Tomorrow.
    const LATER: Clock = Clock(|| SystemTime::now() + Duration::from_secs(24 * 3600));

    #[test]
    fn a_token_is_known_as_soon_as_it_is_in_the_file_and_unknown_as_soon_as_it_is_not() {
        let mut home = Home::new();
        assert!(!home.credentials.has_tokens());
        let (one, other) = (home.add("one", None), home.add("other", None));
        let shown = home.check(&one).unwrap();
        assert_eq!((shown.token(), shown.is_member()), (Some("one"), false));
        assert_eq!(home.check(&other).unwrap().token(), Some("other"));
        assert!(home.check(&one[1..]).is_none() && home.check("").is_none());
        assert!(home.credentials.has_tokens());
        store::revoke(&home.tokens, "one").unwrap();
        assert!(home.check(&one).is_none());
        assert_eq!(shown.token(), None, "it is withdrawn from callers that have shown it");
        let shown = home.check(&other).unwrap();
        fs::remove_file(&home.tokens).unwrap();
        home.credentials.refresh(Instant::now());
        assert_eq!(shown.token(), None);
    }

    #[test]
    fn a_caller_keeps_its_token_when_others_change() {
        let mut home = Home::new();
        let one = home.add("one", None);
        let shown = home.check(&one).unwrap();
        home.add("other", None);
        home.credentials.reload();
        assert_eq!(shown.token(), Some("one"));
    }

    #[test]
    fn a_token_ends_by_the_clock_without_a_change_of_the_file() {
        let mut home = Home::new();
        let token = home.add("short", Some(Duration::from_secs(3600)));
        let shown = home.check(&token).unwrap();
        home.credentials.clock = LATER;
        let now = Instant::now();
        home.credentials.due = Some(now + AGE);
        home.credentials.refresh(now);
        assert_eq!(shown.token(), Some("short"), "it is looked at now and then");
        home.credentials.refresh(now + AGE);
        assert_eq!(shown.token(), None);
        assert!(home.check(&token).is_none() && !home.credentials.has_tokens());
    }

    #[test]
    fn nothing_is_valid_in_a_file_that_others_may_read() {
        let mut home = Home::new();
        let token = home.add("one", None);
        let shown = home.check(&token).unwrap();
        let set = |mode| fs::set_permissions(&home.tokens, fs::Permissions::from_mode(mode)).unwrap();
        set(0o644);
        assert!(home.credentials.reload().unwrap().contains("its mode is 0644"));
        assert_eq!(shown.token(), None);
        assert!(Credentials::open(Some(home.tokens.clone()), None).is_err());
        set(0o600);
        assert!(home.check(&token).is_some());
    }

    #[test]
    fn a_member_shows_the_secret_or_for_a_while_the_previous_one() {
        let mut home = Home::new();
        let secret = |directory: &Path| crate::credentials::secret(directory).unwrap();
        let first = secret(home.directory.path());
        assert!(home.check(&first).unwrap().is_member());
        rotate_secret(home.directory.path(), Duration::from_secs(600), SystemTime::now()).unwrap();
        let second = secret(home.directory.path());
        assert!(home.check(&first).unwrap().is_member() && home.check(&second).unwrap().is_member());
        home.credentials.clock = LATER;
        assert!(home.check(&first).is_none() && home.check(&second).unwrap().is_member());
        let stranger = geteuid().as_raw() + 1;
        assert!(home.credentials.check(&second, Some(stranger), &Shown::default()).is_none());
        let own = Some(geteuid().as_raw());
        assert!(home.credentials.check(&second, own, &Shown::default()).unwrap().is_member());
    }
}
