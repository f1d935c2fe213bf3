//! Services as people write them, and what they are told about mistakes.

use super::*;

fn read(text: &str) -> Result<Service, String> {
    toml::from_str(text).map_err(|error| error.message().to_owned())
}

#[test]
fn a_service_in_toml_is_the_one_that_is_built() {
    let text = r#"
        command = "sh -c 'exec sleep 60'"
        env = { A = "1" }
        inherit_env = ["PATH"]
        directory = "/srv"
        user = "nobody"
        user_groups = ["nogroup", "7"]
        nice = 5
        limits = { nofile = 1024, core = "unlimited", stack = [1, 2] }
        umask = 0o027
        fds = { 3 = "queue:read" }
        ready = { fd = 4 }
        start_timeout = "3s"
        needs = ["db"]
        restart = "on-failure"
        backoff = { from = "1s", to = "1m" }
        intensity = { restarts = 3, within = "1m" }
        min_uptime = "2s"
        when_given_up = { retry = "5m" }
        recycle = { age = "1d", memory = "512M" }
        stop_signal = "SIGINT"
        stop_grace = "1s"
        stop_group = true
        log = { file = "/var/log/web.log", max_size = "1M", keep = 2 }
        schedule = { every = "1h" }
        groups = ["front"]
        autostart = false
        main = true
    "#;
    let seconds = Duration::from_secs;
    let built = Service::new(["sh", "-c", "exec sleep 60"])
        .env("A", "1")
        .inherit_env(["PATH"])
        .directory("/srv")
        .user("nobody")
        .user_groups(["nogroup", "7"])
        .nice(5)
        .limit("nofile", Limit::of(1024))
        .and_then(|service| service.limit("core", Limit { soft: None, hard: None }))
        .and_then(|service| service.limit("stack", Limit { soft: Some(1), hard: Some(2) }))
        .and_then(|service| service.fd(3, "queue:read"))
        .and_then(|service| service.needs("db"))
        .and_then(|service| service.stop_signal("int"))
        .and_then(|service| service.group("front"))
        .unwrap()
        .umask(0o027)
        .ready(Ready::Fd(4))
        .start_timeout(seconds(3))
        .restart(Restart::OnFailure)
        .backoff(seconds(1), seconds(60))
        .intensity(3, seconds(60))
        .min_uptime(seconds(2))
        .when_given_up(WhenGivenUp::Retry(seconds(300).into()))
        .recycle_age(seconds(86400))
        .recycle_memory(512 << 20)
        .stop_grace(seconds(1))
        .stop_group(true)
        .log(Log::new("/var/log/web.log").max_size(1 << 20).keep(2))
        .schedule(Schedule::every(seconds(3600)))
        .autostart(false)
        .main(true);
    assert_eq!(read(text).unwrap(), built);
}

#[test]
fn the_usual_service_needs_only_a_command() {
    assert_eq!(read("command = ['sleep', '60']").unwrap(), Service::new(["sleep", "60"]));
}

#[test]
fn ready_has_short_forms() {
    for (text, ready) in [
        ("'started'", Ready::Started),
        ("'notify'", Ready::Notify),
        ("'fd:3'", Ready::Fd(3)),
        ("'tcp:localhost:80'", Ready::Socket("tcp:127.0.0.1:80".parse().unwrap())),
        ("{ socket = 'unix:/run/x' }", Ready::Socket(Address::Unix("/run/x".into()))),
        ("{ command = 'test -e /x' }", Ready::Command(CommandLine::new(["test", "-e", "/x"]))),
    ] {
        let service = read(&format!("command = 'x'\nready = {text}"));
        assert_eq!(service.unwrap().ready, ready, "{text}");
    }
}

#[test]
fn a_mistake_is_answered_with_what_to_write() {
    for (text, expected) in [
        ("", "missing field `command`"),
        ("command = ''", "there is no program in it; write a command, such as \"sleep 60\""),
        ("command = \"sh -c 'x\"", "a quote is not closed"),
        ("command = 5", "expected a command, such as"),
        ("comand = 'x'", "unknown field `comand`, expected one of `command`, `env`"),
        ("ready = 'soon'", "`soon` is unknown; write `\"started\"`, `\"notify\"`"),
        ("ready = 'tcp:example.org:80'", "names other than `localhost` are not looked up"),
        ("ready = {}", "write one of `\"started\"`"),
        ("limits = { files = 3 }", "there is no limit `files`; there are as, core"),
        ("limits = { nofile = -3 }", "write a number, \"unlimited\", or a list"),
        ("umask = '9'", "write a mask, such as \"027\" or 0o027"),
        ("fds = { 3 = 'x:y' }", "write the name of a descriptor, or of an end of a pipe"),
        ("start_timeout = '3'", "write a duration such as `30s`"),
        ("needs = ['a b']", "`a b` can't be a name"),
        ("restart = 'sometimes'", "unknown variant `sometimes`, expected one of `always`"),
        ("when_given_up = 'weep'", "`weep` is unknown; write `\"stay-down\"`"),
        ("recycle = { memory = 'much' }", "write a number of bytes such as"),
        ("stop_signal = 'SIGSOON'", "there is no signal `SIGSOON`"),
        ("log = 'web.log'", "write the whole path of the log"),
        ("log = { file = '/x', max_size = 1 }", "`max_size` is at least 4096 bytes"),
        ("schedule = { cron = 'at noon' }", "`at noon` is no schedule of cron"),
        ("schedule = { every = '1ms' }", "`every` is at least \"1s\""),
        ("schedule = 'daily'", "write `{ every = \"1h\" }`"),
    ] {
        let command = if text.starts_with("com") || text.is_empty() { "" } else { "command = 'x'\n" };
        let error = read(&format!("{command}{text}")).unwrap_err();
        assert!(error.contains(expected), "{text}: {error}");
    }
}

#[test]
fn an_error_in_a_file_has_its_place() {
    let directory = std::env::temp_dir().join(format!("service-file-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let path = directory.join("services.toml");
    for (text, expected) in [
        ("[service.web]\ncommand = 'x'\nready = 'soon'\n", "line 3, column 9: `soon` is unknown"),
        ("[service.web]\ncommand = 'x'\nneeds = ['db']\n", "line 1, column 1: `web` needs `db`, which is no"),
        ("[service.'a b']\ncommand = 'x'\n", "line 1, column 10: `a b` can't be a name"),
        ("[servce.web]\n", "line 1, column 2: unknown field `servce`, expected `service` or `descriptor`"),
        (
            "[service.a]\ncommand='x'\nneeds=['b']\n[service.b]\ncommand='x'\nneeds=['c', 'a']\n[service.c]\ncommand='x'\n",
            "services need each other in a circle: a → b → a; remove",
        ),
        ("[descriptor.x]\nfile = 'x'\n", "line 1, column 1: write one of `{ pipe = true }`"),
    ] {
        std::fs::write(&path, text).unwrap();
        let error = ServiceFile::read(&path, &BTreeMap::new()).unwrap_err().report();
        assert!(error.contains(expected), "{text}: {error}");
    }
    std::fs::remove_dir_all(directory).unwrap();
}

#[test]
fn a_long_chain_of_needs_is_no_circle() {
    let name = |number: usize| format!("s{number}");
    let chain: Vec<(String, Service)> = (0..20_000)
        .map(|number| {
            let service = Service::new(["x"]);
            let service = if number > 0 { service.needs(&name(number - 1)).unwrap() } else { service };
            (name(number), service)
        })
        .collect();
    assert!(check_order(chain.iter().map(|(name, service)| (name.as_str(), service))).is_ok());
}

#[test]
fn a_process_goes_on_if_only_its_supervision_has_changed() {
    let old = Service::new(["x"]);
    assert!(old.runs_as(&old.clone().stop_grace(Duration::from_secs(9)).restart(Restart::Never)));
    assert!(!old.runs_as(&old.clone().env("A", "1")));
    assert!(!old.runs_as(&old.clone().log(Log::new("/x"))));
}
