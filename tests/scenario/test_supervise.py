# timeout: 180
"""The supervisor with a small service under it: swaps under load, crashes, floods, reboots."""

import json
import os
import shutil
import signal
import socket

import house
from kept import Kept, Load, kept


@kept
def test_ten_swaps_under_load_lose_nothing(service):
    service.swap("v0")
    with Load(service) as load:
        for i in range(1, 11):
            service.swap(f"v{i}")
            house.wait_for(lambda i=i: load.answers.get(f"v{i}"), f"an answer of v{i}")
    house.equal(load.failures, [])
    house.equal(service.status()["active"], "v10")
    house.equal(len(load.answers), 11)
    service.wait_state("v9", "exited")
    house.equal(service.instance("v9")["exit_code"], 0)
    print(f"        {sum(load.answers.values())} requests answered, none failed", flush=True)


@kept
def test_a_held_instance_gets_no_request(service):
    service.swap("old")
    service.start("new")
    service.wait_state("new", "held")
    house.equal({service.get() for _ in range(50)}, {"old"})
    service.done("stop", id="new")
    service.wait_state("new", "exited")
    house.equal(service.get(), "old")


@kept
def test_one_instance_at_a_time_waits(service):
    service.swap("old")
    service.start("left")
    service.wait_state("left", "held")
    service.start("new")
    service.wait_state("left", "exited")
    service.wait_state("new", "held")
    house.equal(service.get(), "old")


@kept
def test_crash_of_the_active_one_is_repaired(service):
    service.swap("a")
    first = service.get("/pid")
    os.kill(int(first), signal.SIGKILL)
    house.wait_for(lambda: service.get("/pid") != first, "another process")
    at = service.instance("a")
    house.equal((at["state"], at["restarts"], at["exit_known"], at["exit_signal"]),
                ("active", 1, True, 9))


@kept
def test_crash_loop_ends_and_says_why(service):
    service.swap("a", "--crash-after", "0.05")
    at = service.wait_state("a", "failed")
    house.equal((at["exit_signal"], at["restarts"]), (signal.SIGSEGV, 4))
    house.contains(at["log_tail"], "about to crash")
    house.contains(service.log(), "it is left down")
    service.swap("b")
    house.wait_for(lambda: service.get() == "b", "an answer of b")
    house.equal(service.instance("a")["state"], "exited")


@kept
def test_an_instance_that_ends_before_its_promotion(service):
    service.swap("good")
    service.start("bad", "--exit", "3")
    at = service.wait_state("bad", "exited")
    house.equal((at["exit_code"], at["restarts"]), (3, 0))
    answer = service.ask("promote", id="bad")
    house.equal(answer["kind"], "failed")
    house.contains(answer["message"], "exited with status 3")
    house.contains(answer["message"], "this instance exits at once")
    house.equal(service.get(), "good")
    again = service.start("bad", "--exit", "3")
    house.contains(again["message"], "exited with status 3")


@kept
def test_what_cannot_be_started(service):
    answer = service.ask("start", id="x", release_dir="/tmp", argv=["/nonexistent"], env=[])
    house.check(not answer["ok"], answer)
    house.contains(answer["message"], "/nonexistent")
    answer = service.ask("start", id="x", release_dir="/nonexistent", argv=["/bin/true"], env=[])
    house.check(not answer["ok"], answer)
    house.equal(service.status()["instances"], [])
    house.equal([p.name for p in (service.dir / "run").iterdir()], [])


@kept
def test_not_ready_is_not_promoted(service):
    service.start("slow", "--never-ready")
    answer = service.ask("promote", id="slow")
    house.equal(answer["kind"], "transient")
    house.contains(answer["message"], "not ready")
    house.equal(service.ask("promote", id="nobody")["kind"], "not_found")


@kept
def test_requests_may_be_repeated(service):
    for _ in range(2):
        house.check(service.start("a")["ok"])
    house.equal(len(service.status()["instances"]), 1)
    house.equal(service.start("a", "--say", "other")["kind"], "conflict")
    service.wait_state("a", "held")
    for _ in range(2):
        service.done("promote", id="a")
    house.equal(service.ask("stop", id="a")["kind"], "conflict")
    house.check(service.ask("stop", id="unknown")["ok"])


@kept
def test_a_smaller_fence_is_refused_also_by_the_next_supervisor(service):
    service.fence = 7
    service.swap("a")
    service.fence = 6
    for op in ("promote", "stop", "shutdown"):
        answer = service.ask(op, id="a")
        house.equal(answer["kind"], "locked")
        house.contains(answer["message"], "7")
    os.kill(service.supervisor(), signal.SIGKILL)
    service.process.wait()
    house.wait_for(service.status, "the next supervisor")
    house.equal(service.start("b")["kind"], "locked")
    house.equal(service.status()["fence"], 7)


@kept
def test_killed_supervisor_is_replaced_and_nothing_is_lost(service):
    service.swap("a")
    with Load(service) as load:
        for i in range(3):
            before = service.supervisor()
            os.kill(before, signal.SIGKILL)
            house.wait_for(lambda b=before: service.supervisor() != b, "another supervisor")
            service.swap(f"after{i}")
            house.wait_for(lambda i=i: load.answers.get(f"after{i}"), "an answer")
    house.equal(load.failures, [])
    house.equal(service.instance("a")["state"], "exited")


@kept
def test_what_drains_is_not_told_twice(service):
    service.swap("a", "--drain", "1.5")
    service.swap("b")
    os.kill(service.supervisor(), signal.SIGKILL)
    house.wait_for(service.status, "the next supervisor")
    service.wait_state("a", "exited")
    lines = [json.loads(line) for line in service.log().splitlines() if '"instance":"a"' in line]
    house.equal(lines[-2]["message"].split(",")[0].split(" as ")[0], "found again")
    house.lacks(service.log(), "told to end twice")


@kept
def test_another_program_takes_over_under_load(service):
    service.swap("a")
    settings = json.loads((service.dir / "service.json").read_text())
    pid = service.supervisor()
    with Load(service) as load:
        for i in range(3):
            program = service.dir / f"teerexctl-{i}"
            shutil.copy(house.TEEREXCTL, program)
            (service.dir / "service.json").write_text(json.dumps({**settings, "exe": str(program)}))
            house.check(service.ask("reexec")["ok"])
            house.wait_for(lambda p=program: os.readlink(f"/proc/{pid}/exe") == str(p), "it")
            house.wait_for(service.status, "an answer")
            service.swap(f"b{i}")
            house.wait_for(lambda i=i: load.answers.get(f"b{i}"), "an answer")
    house.equal(load.failures, [])
    house.equal(service.supervisor(), pid)
    service.wait_state("b1", "exited")
    house.equal(service.instance("b1")["exit_code"], 0)
    house.check(service.keeper())


@kept
def test_killed_keeper_is_replaced(service):
    service.swap("a")
    before = service.keeper()
    os.kill(before, signal.SIGKILL)
    house.wait_for(lambda: service.keeper() not in (None, before), "another keeper")
    house.equal(service.get(), "a")


@kept
def test_both_killed_the_listener_comes_back_from_the_instance(service):
    if os.geteuid() != 0:
        raise house.Skip("needs root")
    service.swap("a")
    with Load(service) as load:
        pid = service.supervisor()
        os.kill(service.keeper(), signal.SIGKILL)
        os.kill(pid, signal.SIGKILL)
        service.process.wait()
        house.check(service.get() == "a")
        answer = service.begin()
        house.check(answer["ok"], answer)
        service.swap("b")
        house.wait_for(lambda: load.answers.get("b"), "an answer of b")
    house.equal(load.failures, [])
    house.contains(service.log(), "taken back")


@kept
def test_sigterm_drains_and_the_next_start_restores(service):
    service.swap("a")
    os.kill(service.supervisor(), signal.SIGTERM)
    house.equal(service.process.wait(20), 0)
    house.wait_for(lambda: service.keeper() is None, "the keeper's end")
    house.check(not (service.dir / "control.sock").exists())
    answer = service.begin()
    house.check(answer["ok"], answer)
    house.wait_for(lambda: service.get() == "a", "the active instance")
    house.equal(service.status()["active"], "a")


@kept
def test_reboot(service):
    service.swap("a")
    status = service.status()
    for pid in (service.keeper(), status["pid"], status["instances"][0]["pid"]):
        os.kill(pid, signal.SIGKILL)
    service.process.wait()
    answer = service.begin()
    house.check(answer["ok"], answer)
    house.wait_for(lambda: service.get() == "a", "the active instance")
    house.check(service.instance("a")["pid"] != status["instances"][0]["pid"])


@kept
def test_shutdown_forgets(service):
    service.swap("a")
    service.done("shutdown")
    house.equal(service.process.wait(20), 0)
    answer = service.begin()
    house.check(answer["ok"], answer)
    house.equal(service.status()["active"], "")
    house.equal(service.instance("a"), None, "a service ended on purpose remembers nobody")


@kept
def test_one_supervisor_a_service(service):
    second = Kept.__new__(Kept)
    second.dir = service.dir
    answer = second.begin()
    house.equal(answer["kind"], "locked")
    house.check(second.process.wait(20) != 0)
    house.check(service.status()["pid"] == service.process.pid)


def test_taken_port(directory):
    service = Kept(directory)
    with socket.socket() as other:
        other.bind(("127.0.0.1", service.port))
        other.listen()
        answer = service.begin()
    house.equal(answer["kind"], "conflict")
    house.contains(answer["message"], f"127.0.0.1:{service.port} is already in use by python3")
    house.contains(answer["message"], f"(pid {os.getpid()})")
    house.check(service.process.wait(20) != 0)
    house.check(not (service.dir / "control.sock").exists())


def test_what_does_not_drain_or_become_ready_is_killed(directory):
    service = Kept(directory, drain_max_ms=200, ready_max_ms=1500)
    try:
        service.begin()
        service.swap("stubborn", "--ignore-term")
        service.swap("next")
        at = service.wait_state("stubborn", "exited")
        house.equal(at["exit_signal"], signal.SIGKILL)
        service.start("mute", "--never-ready")
        at = service.wait_state("mute", "exited")
        house.equal(at["exit_signal"], signal.SIGKILL)
        house.contains(service.log(), "did not become ready in time")
    finally:
        service.end()


def test_log_rotation_under_flood(directory):
    service = Kept(directory, log_max_bytes=200_000, log_files=3)
    try:
        service.begin()
        service.swap("a", "--flood", "20000")
        house.wait_for(lambda: "00019999 " in service.log(), "the last line")
        house.equal(service.get(), "a")
        names = sorted(p.name for p in (service.dir / "log").glob("local-test.log*"))
        house.equal(names, ["local-test.log"] + [f"local-test.log.{i}" for i in (1, 2, 3)])
        for name in names:
            house.check((service.dir / "log" / name).stat().st_size <= 200_000, name)
        house.check(len(service.instance("a")["log_tail"]) <= 2047)
    finally:
        service.end()


@kept
def test_hostile_clients(service):
    service.swap("a")
    slow = [socket.socket(socket.AF_UNIX) for _ in range(15)]
    for s in slow:
        s.connect(str(service.dir / "control.sock"))
        s.sendall(b'{"v":1,"op":')
    for bad in (b"garbage\n", b"\n", b"[1]\n", b"\xff\xfe\n", b'{"v":2,"op":"status"}\n',
                b'{"v":1,"op":"explode"}\n', b'{"v":1,"op":"start","fence":1,"id":"../x"}\n',
                b'{"v":1,"op":"stop","fence":-1,"id":"a"}\n', b"[" * 1000 + b"\n",
                b'{"v":1,"op":"start","fence":1,"id":"b","release_dir":"/","argv":["a"],"env":[]}\n',
                b"x" * 300_000):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(20)
            s.connect(str(service.dir / "control.sock"))
            try:
                s.sendall(bad)
            except (BrokenPipeError, ConnectionResetError):
                pass
            try:
                answer = b"".join(iter(lambda: s.recv(65536), b""))
                house.equal(json.loads(answer)["kind"], "usage", bad[:60])
            except ConnectionResetError:
                house.check(len(bad) > 100_000)
    house.equal(service.get(), "a")
    house.equal(service.status()["active"], "a")
    for s in slow:
        s.close()


def test_full_disk_costs_lines_not_the_service(directory):
    house.need_root()
    service = Kept(directory)
    log = service.dir / "log"
    log.mkdir()
    if house.run("mount", "-t", "tmpfs", "-o", "size=64k", "none", log).status != 0:
        raise house.Skip("a small file system cannot be mounted")
    try:
        service.begin()
        service.swap("a", "--flood", "5000")
        house.equal(service.get(), "a")
        service.swap("b")
        house.wait_for(lambda: service.get() == "b", "an answer of b")
        for file in log.iterdir():
            file.write_bytes(b"")
        service.swap("c")
        house.wait_for(lambda: "could not be written and are lost" in service.log(), "the word")
    finally:
        service.end()
        house.run("umount", "-l", log)


@kept
def test_a_log_that_cannot_be_opened_does_not_matter(service):
    service.swap("a")
    log = service.dir / "log/local-test.log"
    log.unlink()
    log.symlink_to("/etc/hostname")
    before = service.supervisor()
    os.kill(before, signal.SIGKILL)
    house.wait_for(lambda: service.supervisor() != before, "another supervisor")
    service.swap("b")
    house.wait_for(lambda: service.get() == "b", "an answer of b")


house.main()
