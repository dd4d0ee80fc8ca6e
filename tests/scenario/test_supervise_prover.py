# timeout: 180
"""The supervisor with the real service under it: nobody is lost, idle or busy, whatever dies."""

import http.client
import json
import os
import random
import signal
import time

import house
from kept import Kept, Load


class Prover(Kept):
    """Instances are teerex-prover; an answer is the instance that gave it."""

    def start(self, name, *flags, **more):
        argv = [house.PROVER, "--hold", "--instance-id", name, "--drain-idle", "5s",
                "--check-socket", str(self.dir / "run" / f"{name}.sock"), *flags]
        return self.ask("start", id=name, release_dir="/tmp", argv=argv, env=[], **more)

    def get(self, path="/health"):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path, headers={"Connection": "close"})
            return self.instance_of(connection.getresponse())
        finally:
            connection.close()

    @staticmethod
    def instance_of(response):
        body = response.read()
        house.equal(response.status, 200, body)
        return json.loads(body)["instanceId"]


class Idlers(Load):
    """Connections that are kept and rest up to two seconds between requests."""

    def run(self):
        connection = None
        while not self.stopping:
            connection = connection or http.client.HTTPConnection("127.0.0.1", self.service.port,
                                                                  timeout=20)
            try:
                connection.request("GET", "/health")
                response = connection.getresponse()
                name = self.service.instance_of(response)
                self.answers[name] = self.answers.get(name, 0) + 1
                if response.will_close:
                    connection = None
            except (OSError, http.client.HTTPException, AssertionError) as error:
                self.failures.append(repr(error))
                connection = None
            time.sleep(random.uniform(0, 2))


def test_swaps_and_a_killed_supervisor_lose_nobody(directory):
    service = Prover(directory)
    try:
        house.check(service.begin()["ok"])
        service.swap("p0")
        with Load(service, 2) as busy, Idlers(service, 30) as idle:
            for i in range(1, 4):
                service.swap(f"p{i}")
                house.wait_for(lambda i=i: busy.answers.get(f"p{i}"), f"an answer of p{i}")
                time.sleep(0.5)
            before = service.supervisor()
            os.kill(before, signal.SIGKILL)
            house.wait_for(lambda: service.supervisor() != before, "another supervisor")
            service.swap("p4")
            house.wait_for(lambda: busy.answers.get("p4"), "an answer of p4")
            time.sleep(3)
        house.equal(busy.failures, [])
        house.equal(idle.failures, [])
        print(f"        {sum(busy.answers.values())} short and {sum(idle.answers.values())} "
              "requests of idlers, none lost", flush=True)
    finally:
        service.end()


def test_a_killed_prover_is_back_and_accepts(directory):
    service = Prover(directory)
    try:
        house.check(service.begin()["ok"])
        service.swap("p")
        pid = service.instance("p")["pid"]
        os.kill(pid, signal.SIGKILL)
        house.wait_for(lambda: service.instance("p")["pid"] not in (0, pid), "another process")
        house.wait_for(lambda: service.get() == "p", "an answer")
        house.equal(service.instance("p")["exit_signal"], signal.SIGKILL)
    finally:
        service.end()


house.main()
