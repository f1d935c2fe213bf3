"""Calls a daemon by Supervisor's XML-RPC interface, as programs do that are not supervisorctl.

The arguments are the path of its unix socket, its process id, and the path of the log of the service `web`.
"""

import http.client
import socket
import sys
import time
import xmlrpc.client

path, daemon_pid, log = sys.argv[1:]


class Connection(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(path)


class Transport(xmlrpc.client.Transport):
    def make_connection(self, host):
        return Connection("localhost")


proxy = xmlrpc.client.ServerProxy("http://localhost/RPC2", transport=Transport(), allow_none=True)
supervisor = proxy.supervisor


def fault(code, call, *params):
    """Checks that a call has a fault with this code; returns its text."""
    try:
        result = call(*params)
    except xmlrpc.client.Fault as error:
        assert error.faultCode == code, error
        return error.faultString
    raise AssertionError(f"{params}: {result}, and no fault")


def statuses(results):
    return [(f"{one['group']}:{one['name']}", one["status"], one["description"]) for one in results]


# The daemon.
assert supervisor.getAPIVersion() == supervisor.getVersion() == "3.0"
assert supervisor.getIdentification() == "keeper"
assert supervisor.getSupervisorVersion()
assert supervisor.getState() == {"statecode": 1, "statename": "RUNNING"}
assert supervisor.getPID() == int(daemon_pid)
assert "NO_FILE" in fault(20, supervisor.readLog, 0, 0)
fault(20, supervisor.clearLog)
assert "UNKNOWN_METHOD" not in fault(1, supervisor.nope)
assert "supervisor.getState" in proxy.system.listMethods()
assert "string" in proxy.system.methodSignature("supervisor.getProcessInfo")[0]

# What processes do and are.
web = supervisor.getProcessInfo("front:web")
assert (web["name"], web["group"], web["state"], web["statename"]) == ("web", "front", 20, "RUNNING"), web
assert 0 < web["start"] <= web["now"] and web["stop"] == 0, web
assert web["pid"] > 0 and web["exitstatus"] == 0 and web["spawnerr"] == "", web
assert web["logfile"] == web["stdout_logfile"] == log and web["stderr_logfile"] == "", web
assert web["description"].startswith(f"pid {web['pid']}, uptime 0:0"), web
names = [f"{info['group']}:{info['name']}" for info in supervisor.getAllProcessInfo()]
assert names == ["absent:absent", "crash:crash", "front:api", "front:web", "spare:spare"], names
for name in ("web", "front", "front:", "front:*", "front:nope", "nope", "back:web", ""):
    assert "BAD_NAME" in fault(10, supervisor.getProcessInfo, name)
configs = {config["name"]: config for config in supervisor.getAllConfigInfo()}
assert sorted(configs) == ["absent", "api", "crash", "spare", "web"]
assert configs["web"]["inuse"] and configs["web"]["autostart"] and configs["web"]["group"] == "front"
assert not configs["spare"]["autostart"] and configs["spare"]["command"] == "sleep 1000"
assert configs["web"]["stopwaitsecs"] == 5 and configs["web"]["stopsignal"] == 15
assert configs["web"]["stdout_logfile"] == log and configs["spare"]["stdout_logfile"] == "none"

# Starts and stops.
assert supervisor.startProcess("spare") is True
assert supervisor.getProcessInfo("spare")["state"] == 20
assert fault(60, supervisor.startProcess, "spare") == "ALREADY_STARTED: spare"
assert supervisor.stopProcess("spare") is True
stopped = supervisor.getProcessInfo("spare")
assert (stopped["state"], stopped["exitstatus"], stopped["pid"]) == (0, -1, 0), stopped
assert 0 < stopped["start"] <= stopped["stop"] <= stopped["now"], stopped
assert fault(70, supervisor.stopProcess, "spare") == "NOT_RUNNING: spare"
assert fault(70, supervisor.signalProcess, "spare", "HUP") == "NOT_RUNNING: spare"
assert supervisor.startProcess("spare", False) is True
assert supervisor.stopProcess("spare", False) is True
fault(10, supervisor.startProcess, "nope")
fault(10, supervisor.stopProcess, "nope")
assert "there is no such program" in fault(20, supervisor.startProcess, "absent")
assert "exit code 3" in fault(40, supervisor.startProcess, "crash")
crash = supervisor.getProcessInfo("crash")
assert (crash["state"], crash["exitstatus"], crash["spawnerr"]) == (200, 3, "exit code 3"), crash
group = [("front:api", 80, "OK"), ("front:web", 80, "OK")]
assert statuses(supervisor.stopProcessGroup("front")) == group
assert statuses(supervisor.stopProcessGroup("front")) == []
assert statuses(supervisor.startProcess("front:*")) == group
assert statuses(supervisor.signalProcessGroup("front", "URG")) == group
assert statuses(supervisor.signalAllProcesses("SIGURG")) == group
assert supervisor.signalProcess("front:api", "23") is True
assert "BAD_SIGNAL" in fault(11, supervisor.signalProcess, "front:api", "NOPE")
fault(10, supervisor.signalProcessGroup, "nope", "HUP")
fault(10, supervisor.startProcessGroup, "nope")
fault(10, supervisor.stopProcessGroup, "nope")
started = statuses(supervisor.startAllProcesses())
assert [one[:2] for one in started] == [("absent:absent", 20), ("crash:crash", 40), ("spare:spare", 80)], started
assert statuses(supervisor.stopAllProcesses(True)) == group + [("spare:spare", 80, "OK")]
assert statuses(supervisor.startProcessGroup("front", True)) == group

# Logs.
deadline = time.monotonic() + 20
while not supervisor.readProcessStdoutLog("front:web", 0, 0).endswith("three\n"):
    assert time.monotonic() < deadline, supervisor.readProcessStdoutLog("front:web", 0, 0)
supervisor.clearProcessLogs("front:web")
assert supervisor.readProcessStdoutLog("front:web", 0, 0) == ""
supervisor.stopProcess("front:web")
supervisor.startProcess("front:web")
while supervisor.readProcessStdoutLog("front:web", 0, 0) != "one\ntwo\n\ufffd[31mthree\n":
    assert time.monotonic() < deadline, supervisor.readProcessStdoutLog("front:web", 0, 0)
assert supervisor.readProcessStdoutLog("front:web", -6, 0) == "three\n"
assert supervisor.readProcessStdoutLog("front:web", -6000, 0).startswith("one")
assert supervisor.readProcessStdoutLog("front:web", 4, 3) == "two"
assert supervisor.tailProcessStdoutLog("front:web", 0, 1000) == ["one\ntwo\n\ufffd[31mthree\n", 19, False]
assert supervisor.tailProcessStdoutLog("front:web", 0, 6) == ["three\n", 19, True]
assert supervisor.tailProcessStdoutLog("front:web", 19, 6) == ["", 19, False]
fault(3, supervisor.readProcessStdoutLog, "front:web", -1, 1)
fault(3, supervisor.readProcessStdoutLog, "front:web", 0, -1)
for call in (supervisor.readProcessStderrLog, supervisor.tailProcessStderrLog):
    assert "NO_FILE" in fault(20, call, "front:web", 0, 0)
fault(20, supervisor.readProcessStdoutLog, "spare", 0, 0)
fault(10, supervisor.readProcessStdoutLog, "nope", 0, 0)
fault(10, supervisor.clearProcessLogs, "nope")
assert len(supervisor.clearAllProcessLogs()) == 5
assert open(log).read() == ""

# What is not supported, and what changes nothing.
assert "has no input" in fault(30, supervisor.sendProcessStdin, "front:web", "hello")
fault(70, supervisor.sendProcessStdin, "spare", "hello")
fault(10, supervisor.sendProcessStdin, "nope", "hello")
assert supervisor.reloadConfig() == [[[], [], []]]
assert "ALREADY_ADDED" in fault(90, supervisor.addProcessGroup, "front")
assert "STILL_RUNNING" in fault(91, supervisor.removeProcessGroup, "front")
fault(10, supervisor.addProcessGroup, "nope")
fault(10, supervisor.removeProcessGroup, "nope")

# Several calls at once: late replies among them.
many = xmlrpc.client.MultiCall(proxy)
many.supervisor.stopProcess("front:web")
many.supervisor.getState()
many.supervisor.stopProcess("nope")
many.supervisor.startProcess("spare")
results = many()
assert results[0] is True and results[1]["statename"] == "RUNNING"
fault(10, lambda: results[2])
assert results[3] is True and supervisor.getProcessInfo("spare")["state"] == 20

before = supervisor.getProcessInfo("front:api")["pid"]
assert supervisor.restart() is True
while supervisor.getProcessInfo("front:api")["pid"] in (0, before):
    assert time.monotonic() < deadline
assert supervisor.getPID() == int(daemon_pid)
assert supervisor.shutdown() is True
print("all is well")
