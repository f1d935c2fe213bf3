"""Sends mails by smtplib and reads them by imaplib: the arguments are imap, smtp, id, password, certificate."""

import email
import email.policy
import imaplib
import smtplib
import ssl
import sys
from email.message import EmailMessage

imap, smtp, node, password, certificate = sys.argv[1:]
trust = ssl.create_default_context(cafile=certificate)


def split(address):
    host, port = address.rsplit(":", 1)
    return host, int(port)


def mail(subject, text):
    message = EmailMessage()
    message["From"] = f"ann <{node}@chat>"
    message["To"] = f"{node}@chat"
    message["Subject"] = subject
    message.set_content(text)
    return message


with smtplib.SMTP(*split(smtp), timeout=30) as sender:
    sender.starttls(context=trust)
    sender.login("ann", password)
    sender.send_message(mail("Hello", "Good morning.\n.\n..dots\n"))
    sender.send_message(mail("Gr\u00fc\u00dfe \u65e5\u672c", "\u00fcber alles\n" * 50))
    for wrong in ["joe@example.org", "x@chat"]:
        try:
            sender.sendmail("a@b", [wrong], "Subject: x\r\n\r\ny\r\n")
            raise SystemExit("a wrong address was accepted")
        except smtplib.SMTPRecipientsRefused as refused:
            assert refused.recipients[wrong][0] == 550, refused
        sender.rset()
    try:
        sender.sendmail("a@b", [f"{node}@chat"], b"Subject: x\r\n\r\n" + b"y" * 300_000)
        raise SystemExit("a mail that is too long was accepted")
    except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as refused:
        assert refused.smtp_code == 552, refused

with imaplib.IMAP4(*split(imap), timeout=30) as reader:
    reader.starttls(trust)
    try:
        reader.login("ann", "wrong")
        raise SystemExit("a wrong password was accepted")
    except imaplib.IMAP4.error:
        pass
    reader.login(f"{node}@chat", password)
    folders = b" ".join(reader.list()[1])
    assert b"INBOX" in folders and b"Sent" in folders, folders
    kind, [count] = reader.select("INBOX")
    assert (kind, count) == ("OK", b"2"), (kind, count)
    assert reader.search(None, "UNSEEN") == ("OK", [b"1 2"])
    assert reader.search(None, "SUBJECT", "hello") == ("OK", [b"1"])
    texts = []
    for number in ("1", "2"):
        kind, parts = reader.fetch(number, "(UID FLAGS RFC822.SIZE BODY.PEEK[])")
        raw = parts[0][1]
        assert f"RFC822.SIZE {len(raw)}".encode() in parts[0][0], parts
        parsed = email.message_from_bytes(raw, policy=email.policy.default)
        assert parsed["From"].addresses[0].username == node
        texts.append((parsed["Subject"], parsed.get_content().replace("\r\n", "\n")))
    assert texts[0] == ("Hello", "Good morning.\n.\n..dots\n"), texts[0]
    assert texts[1] == ("Gr\u00fc\u00dfe \u65e5\u672c", "\u00fcber alles\n" * 50), texts[1]
    reader.fetch("1", "(ENVELOPE BODYSTRUCTURE INTERNALDATE)")
    assert reader.search(None, "UNSEEN") == ("OK", [b"1 2"])
    reader.fetch("1", "(BODY[TEXT])")
    assert reader.search(None, "SEEN") == ("OK", [b"1"])
    reader.store("2", "+FLAGS", "\\Deleted")
    assert reader.expunge() == ("OK", [b"2"])
    kind, said = reader.append("Sent", None, None, b"Subject: x\r\n\r\ny")
    assert kind == "NO", said
    assert reader.copy("1", "Sent")[0] == "NO"
    # A message arrives while the reader idles.
    tag = reader._new_tag()
    reader.send(tag + b" IDLE\r\n")
    assert reader.readline().startswith(b"+")
    with smtplib.SMTP(*split(smtp), timeout=30) as sender:
        sender.starttls(context=trust)
        sender.login("ann", password)
        sender.send_message(mail("News", "x\n"))
    heard = reader.readline()
    while b"EXISTS" not in heard:
        assert heard, "the connection has ended"
        heard = reader.readline()
    reader.send(b"DONE\r\n")
    while not heard.startswith(tag):
        heard = reader.readline()
    assert b"OK" in heard, heard

print("all fits")
