//! The supervisors, each with what it needs to keep the programs running.

use std::fmt::Write;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::common::Outcome;
use crate::reports::Reports;

/// The program, as the kernel names it.
pub(crate) const REPORTER: &str = "reporter";

/// A supervisor.
pub(crate) struct Subject {
    pub(crate) name: &'static str,
    /// Its binary: the name of one beside this bench, or a path.
    binary: &'static str,
    /// What to do if it is not there.
    pub(crate) remedy: &'static str,
    /// Writes its configuration for so many programs into a directory; returns its arguments.
    configure: fn(&Path, usize) -> Outcome<Vec<String>>,
}

const BUILD: &str = "cargo build --release -p daemonproxy -p procfile";

pub(crate) const SUBJECTS: [Subject; 6] = [
    Subject {
        name: "a bare loop",
        binary: env!("CARGO_BIN_EXE_bare-supervisor"),
        remedy: "",
        configure: bare_loop,
    },
    Subject { name: "daemonproxy", binary: "daemonproxy", remedy: BUILD, configure: daemonproxy },
    Subject { name: "a daemon with services", binary: "procfile", remedy: BUILD, configure: services },
    Subject {
        name: "runit",
        binary: "/usr/bin/runsvdir",
        remedy: "apt-get install runit",
        configure: directories,
    },
    Subject { name: "s6", binary: "/usr/bin/s6-svscan", remedy: "apt-get install s6", configure: s6 },
    Subject {
        name: "Supervisor",
        binary: "/usr/bin/supervisord",
        remedy: "apt-get install supervisor",
        configure: supervisor,
    },
];

/// A supervisor with its configuration.
pub(crate) struct Prepared(Command);

impl Subject {
    pub(crate) fn is_there(&self) -> bool {
        self.path().exists()
    }

    fn path(&self) -> PathBuf {
        let bench = PathBuf::from(env!("CARGO_BIN_EXE_bare-supervisor"));
        bench.with_file_name(self.binary)
    }

    pub(crate) fn prepare(&self, directory: &Path, services: usize) -> Outcome<Prepared> {
        let mut command = Command::new(self.path());
        command.args((self.configure)(directory, services)?).current_dir(directory);
        command
            .env("XDG_RUNTIME_DIR", directory)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        Ok(Prepared(command))
    }
}

impl Prepared {
    pub(crate) fn start(mut self, reports: &Reports) -> Outcome<Child> {
        Ok(self.0.env("REPORT_TO", &reports.socket).spawn()?)
    }
}

fn reporter() -> &'static str {
    env!("CARGO_BIN_EXE_reporter")
}

fn names(services: usize) -> impl Iterator<Item = String> {
    (0..services).map(|number| format!("s{number}"))
}

fn bare_loop(_: &Path, services: usize) -> Outcome<Vec<String>> {
    Ok([reporter().to_owned()].into_iter().chain(names(services)).collect())
}

fn daemonproxy(directory: &Path, services: usize) -> Outcome<Vec<String>> {
    let mut config = String::new();
    for name in names(services) {
        writeln!(config, "service.args\t{name}\t{}\t{name}", reporter())?;
        writeln!(config, "service.auto_up\t{name}\t1\talways")?;
    }
    let file = directory.join("config");
    fs::write(&file, config)?;
    Ok(vec!["-c".to_owned(), file.display().to_string()])
}

fn services(directory: &Path, services: usize) -> Outcome<Vec<String>> {
    let mut config = String::new();
    for name in names(services) {
        writeln!(config, "[service.{name}]\ncommand = [{:?}, {name:?}]", reporter())?;
    }
    let file = directory.join("services.toml");
    fs::write(&file, config)?;
    // It has programs of its own otherwise.
    fs::write(directory.join("Procfile.toml"), "")?;
    Ok(vec!["-f".to_owned(), "--services".to_owned(), file.display().to_string()])
}

/// A directory for each program, as runit has it. The program finds its name in that of the directory.
fn directories(directory: &Path, services: usize) -> Outcome<Vec<String>> {
    let services_directory = directory.join("services");
    for name in names(services) {
        let service = services_directory.join(name);
        fs::create_dir_all(&service)?;
        symlink(reporter(), service.join("run"))?;
    }
    Ok(vec![services_directory.display().to_string()])
}

fn s6(directory: &Path, services: usize) -> Outcome<Vec<String>> {
    let limit = services.max(500).to_string();
    Ok(["-c".to_owned(), limit].into_iter().chain(directories(directory, services)?).collect())
}

fn supervisor(directory: &Path, services: usize) -> Outcome<Vec<String>> {
    let place = directory.display();
    let mut config = format!(
        "[supervisord]\nnodaemon=true\nuser=root\nlogfile={place}/log\npidfile={place}/pid\nchildlogdir={place}\nminfds={}\n",
        services * 6 + 1024
    );
    for name in names(services) {
        writeln!(
            config,
            "[program:{name}]\ncommand={} {name}\nautorestart=true\nstartsecs=1\nstdout_logfile=NONE\nstderr_logfile=NONE",
            reporter()
        )?;
    }
    let file = directory.join("supervisord.conf");
    fs::write(&file, config)?;
    Ok(vec!["-c".to_owned(), file.display().to_string()])
}
