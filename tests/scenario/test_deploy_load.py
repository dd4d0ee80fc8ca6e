"""Deployments in a row under a load of encrypted requests, as clients send them, over connections
of their own and over ones that idle: not one request may fail."""
# labels: node
# timeout: 180

import http.client
import json
import subprocess
import time

import house
from project import Project

ROUNDS = 5
SHORT, IDLE = 3, 12


def load(node, project):
    client = subprocess.Popen([node, house.SOURCE / "tests/node/load.mjs", project.url, str(SHORT),
                               str(IDLE)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    house.equal(client.stdout.readline(), "started\n")
    return client


def finish(client):
    out, _ = client.communicate(timeout=60)
    return json.loads(out)


def test_no_request_fails(directory):
    node = house.need_node("openpgp")
    with Project(directory) as project:
        project.deploy()
        client = load(node, project)
        for index in range(ROUNDS):
            project.build(f"round {index}")
            project.deploy()
            time.sleep(0.5)
        time.sleep(7)
        totals = finish(client)
        house.equal(totals["failed"], 0, totals)
        house.check(totals["stale"] >= ROUNDS, totals)
        house.check(totals["requests"] > 100 * ROUNDS, totals)
        house.equal(len(project.history()), ROUNDS + 1)


def test_a_draining_instance_sends_to_its_successor_for_the_key(directory):
    with Project(directory) as project:
        project.deploy()
        kept = http.client.HTTPConnection("127.0.0.1", project.port, timeout=10)
        kept.request("GET", "/healthz")
        kept.getresponse().read()
        project.build("second")
        project.deploy()
        kept.request("GET", "/encryption-public-key")
        answer = kept.getresponse()
        house.equal((answer.status, answer.getheader("Location"), answer.getheader("Connection")),
                    (307, "/encryption-public-key", "close"))


def test_the_load_itself_can_fail(directory):
    node = house.need_node("openpgp")
    with Project(directory) as project:
        project.deploy()
        client = load(node, project)
        time.sleep(0.5)
        project.kill_all()
        time.sleep(0.5)
        house.check(finish(client)["failed"] > 0, "a killed service must be noticed")


house.main()
