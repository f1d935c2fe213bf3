//! Mail programs that nobody here wrote, with a real kernel behind the daemons: Python's smtplib and imaplib, curl, and
//! mutt.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

mod support;

use support::Place;
use support::mail::{Mail, certificate, has, run};

#[test]
fn python_and_curl_send_and_read_with_tls() {
    if !has("python3") || !has("curl") || !has("openssl") {
        return;
    }
    let mut place = Place::new();
    let node = place.start("ann");
    let data = place.data();
    let (certificate, key) = certificate(data.parent().unwrap());
    let tls = ["--certificate", &certificate, "--key", &key];
    let [imap_daemon, smtp_daemon] = ["imap", "smtp"].map(|name| Mail::start(&place, name, &tls));
    let (imap, smtp) = (&imap_daemon.address, &smtp_daemon.address);
    let password = imap_daemon.password;
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/mail_programs.py");
    let said = run("python3", &[script, imap, smtp, &node.id, &password, &certificate]);
    assert_eq!(said.lines().last(), Some("all fits"), "{said}");
    let user = format!("ann:{password}");
    let url = format!("imap://{imap}/INBOX;MAILINDEX=1");
    let mail = run("curl", &["-sS", "--ssl-reqd", "--cacert", &certificate, "-u", &user, &url]);
    assert!(mail.contains("Subject: ") && mail.contains("X-Status: "), "{mail}");
}

#[test]
fn mutt_sends_and_reads_with_tls() {
    if !has("mutt") || !has("script") || !has("openssl") {
        return;
    }
    let mut place = Place::new();
    let node = place.start("ann");
    let directory = tempfile::tempdir().unwrap();
    let (certificate, key) = certificate(directory.path());
    let tls = ["--certificate", &certificate, "--key", &key];
    let [imap, smtp] = ["imap", "smtp"].map(|name| Mail::start(&place, name, &tls));
    let path = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    let [settings, text, read] = ["muttrc", "text", "read"].map(path);
    let password = &imap.password;
    let lines = [
        format!("set smtp_url='smtp://ann@{}/' smtp_pass='{password}' imap_pass='{password}'", smtp.address),
        format!("set from='{}@chat' realname='ann' copy=no wait_key=no quit=yes mark_old=no", node.id),
        format!("set ssl_starttls=yes ssl_force_tls=yes certificate_file='{certificate}'"),
        "set smtp_authenticators='plain' imap_authenticators='plain'".to_owned(),
        format!("push '<pipe-message>cat >{read}<enter><quit>'"),
    ];
    std::fs::write(&settings, lines.join("\n") + "\n").unwrap();
    std::fs::write(&text, "Good morning.\n.\n").unwrap();
    let to = format!("{}@chat", node.id);
    run("sh", &["-c", &format!("mutt -n -F {settings} -s Hello -- {to} <{text}")]);
    let mutt = format!("TERM=xterm mutt -n -F {settings} -f imap://ann@{}/INBOX", imap.address);
    run("timeout", &["60", "script", "-qec", &mutt, "/dev/null"]);
    let mail = std::fs::read_to_string(read).unwrap();
    assert!(mail.contains("Subject: Hello") && mail.contains("Good morning.\n.\n"), "{mail}");
}
