# timeout: 120
"""The wire contract: every route and every error code of it, over a real connection."""

import base64
import json

import house
from prover_kit import UUID, Prover

ERRORS = ("error", "requestId", "code")
EXPOSED = ("X-Request-Id", "X-Prove-Duration-Ms", "X-Decrypt-Duration-Ms", "X-Download-Duration-Ms",
           "X-Upload-Duration-Ms")


def failed(answer, status, code):
    """The answer is this error, in the documented form."""
    house.equal(answer.status, status, answer)
    document = answer.json()
    house.equal(tuple(document), ERRORS)
    house.equal(document["code"], code)
    house.equal(document["requestId"], answer.headers["x-request-id"])
    return answer


def test_health_and_version(directory):
    given = ("--instance-id", "prover-7", "--environment", "local", "--compose-hash", "ab" * 32,
             "--release-digest", "sha256:1234", "--release-version", "1.2.3")
    env = {"HARDWARE_CONCURRENCY": 3, "NODE_ENV": "production", "CRS_PATH": "/crs"}
    with Prover(directory, *given, env=env) as prover:
        health = prover.get("/health").json()
        house.equal(list(health), ["status", "api_version", "available_versions", "runtime",
                                   "instanceId", "bootId"])
        house.equal((health["status"], health["api_version"], health["available_versions"]),
                    ("ok", 1, []))
        house.equal(health["instanceId"], "prover-7")
        runtime = health["runtime"]
        house.equal(list(runtime), ["hardware_concurrency", "available_parallelism", "cpu_count",
                                    "tee_mode", "node_env", "crs_path"])
        house.equal((runtime["hardware_concurrency"], runtime["tee_mode"], runtime["node_env"],
                     runtime["crs_path"]), (3, "standard", "production", "/crs"))
        version = prover.get("/version").json()
        house.equal((version["environment"], version["composeHash"], version["releaseDigest"],
                     version["releaseVersion"]), ("local", "ab" * 32, "sha256:1234", "1.2.3"))
        house.equal(version["bootId"], health["bootId"])
        house.check(UUID.fullmatch(version["bootId"]), version)
        house.check(version["gitSha"].startswith(version["gitShaShort"]), version)
        import hashlib
        with open(house.PROVER, "rb") as file:
            house.equal(version["executableSha256"], hashlib.sha256(file.read()).hexdigest())
        printed = house.run(house.PROVER, "--version").out.split()
        house.equal((printed[1], printed[2].strip("()")), (version["version"], version["gitSha"]))


def test_probes(directory):
    with Prover(directory) as prover:
        house.equal(prover.get("/healthz").json(), {"status": "ok"})
        not_ready = failed(prover.get("/readyz"), 503, "no_bb")
        house.contains(not_ready.json()["error"], "no bb is configured")
        house.check("retry-after" in not_ready.headers, not_ready)


def test_key_and_attestation(directory):
    with Prover(directory) as prover:
        key = prover.get("/encryption-public-key").json()
        house.equal(list(key), ["publicKey"])
        house.check(key["publicKey"].startswith("-----BEGIN PGP PUBLIC KEY BLOCK-----"), key)
        document = {"mode": "standard", "publicKey": key["publicKey"], "bbVersions": []}
        house.equal(prover.get("/attestation").json(), document)
        house.equal(prover.get("/attestation?nonce=" + "0a" * 32).json(), document)
        for nonce in ("", "0", "0g", "00" * 65, "0x00"):
            failed(prover.get(f"/attestation?nonce={nonce}"), 400, "bad_nonce")


def test_metrics(directory):
    with Prover(directory, "--instance-id", "m1") as prover:
        for _ in range(3):
            prover.get("/health")
        prover.get("/nowhere")
        answer = prover.get("/metrics")
        house.check(answer.headers["content-type"].startswith("text/plain; version=0.0.4"), answer)
        text = answer.body.decode()
        house.contains(text, 'teerex_http_requests_total{route="/health",status="200"} 3\n')
        house.contains(text, 'teerex_http_requests_total{route="other",status="404"} 1\n')
        house.contains(text, 'teerex_http_request_duration_seconds_bucket{route="/health",le="+Inf"} 3')
        house.contains(text, "teerex_draining 0\n")
        house.contains(text, "teerex_workers 1\n")
        house.contains(text, 'instance="m1"')
        names = [line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")]
        house.equal(len(names), len(set(names)), "a metric's type stands once")


def test_prove_refusals(directory):
    with Prover(directory) as prover:
        def post(body, **headers):
            return prover.ask("POST", "/prove", body, headers=headers)

        for body in (b"", b"nonsense", b'{"data": "AAAA"', b'"AAAA"', b"[]", b'{"data":"AAAA"}x',
                     b'{"data":"\xff"}', b'{"data":' + b"[" * 5000):
            failed(post(body), 400, "bad_json")
        for body in (b"{}", b'{"data":null}', b'{"data":7}', b'{"data":""}', b'{"data":["AAAA"]}',
                     b'{"other":"AAAA"}', b'{"nested":{"data":"AAAA"}}', b'{"data":{"data":"AAAA"}}'):
            failed(post(body), 400, "missing_data")
        for data in ("A", "AAA", "AA=A", "AAAA AAAA", "AB==", "-_-_", "AAAA\\n"):
            failed(post(b'{"data":"%s"}' % data.encode()), 400, "bad_base64")
        failed(post(b'{"data":"AAAA"}'), 400, "cannot_decrypt")
        for version in ("../5.0.0", "5", "5.0", "05.0.0", "5.0.0-", "5.0.0-01", "v5.0.0", "5.0.0 ",
                        "5.0.0/x", "5.0.0-a/b", "5.0.0-" + "a" * 80):
            answer = prover.prove(prover.message(), headers={"X-Aztec-Version": version})
            if version != "5.0.0 ":  # white space around a header's value is not part of it
                failed(answer, 400, "bad_version")


def test_prove_needs_bb_and_our_key(directory):
    with Prover(directory) as prover:
        answer = failed(prover.prove(prover.message()), 503, "no_bb")
        house.contains(answer.json()["error"], "no bb is configured")
        house.check(int(answer.headers["retry-after"]) > 0, answer)
        version = {"X-Aztec-Version": "5.0.0-nightly.20260101+b1"}
        failed(prover.prove(prover.message(), headers=version), 503, "no_bb")
        escaped = base64.b64encode(prover.message()).decode().replace("/", "\\/")
        body = ('{"x":[1,{"data":2}],"data":"AA==","data":"%s","y":"\\u0041"}' % escaped).encode()
        failed(prover.ask("POST", "/prove", body), 503, "no_bb")
        # A message for another instance's key.
        with Prover(directory) as other:
            failed(prover.prove(other.message()), 409, "stale_key")
            failed(other.prove(other.message()), 503, "no_bb")


def test_cors(directory):
    with Prover(directory) as prover:
        for path in ("/prove", "/health", "/nowhere", "*"):
            answer = prover.ask("OPTIONS", path)
            house.equal((answer.status, answer.body), (204, b""))
            house.equal(answer.headers["access-control-allow-origin"], "*")
            house.equal(answer.headers["access-control-allow-methods"], "GET, POST, OPTIONS")
            house.equal(answer.headers["access-control-allow-headers"],
                        "Content-Type, X-Request-Id, X-Aztec-Version")
        for answer in (prover.get("/health"), prover.get("/nowhere"), prover.ask("PUT", "/prove")):
            house.equal(answer.headers["access-control-allow-origin"], "*")
            house.equal(answer.headers["access-control-expose-headers"], ", ".join(EXPOSED))


def test_methods(directory):
    with Prover(directory) as prover:
        head = prover.ask("HEAD", "/health")
        house.equal((head.status, head.body), (200, b""))
        house.equal(int(head.headers["content-length"]), len(prover.get("/health").body))
        house.equal(failed(prover.ask("POST", "/health", b""), 405, "method_not_allowed")
                    .headers["allow"], "GET, HEAD, OPTIONS")
        house.equal(failed(prover.get("/prove"), 405, "method_not_allowed").headers["allow"],
                    "POST, OPTIONS")
        failed(prover.ask("BREW", "/health"), 405, "method_not_allowed")
        for path in ("/", "/health/", "/HEALTH", "/prove/x", "//health", "/health%00"):
            answer = prover.get(path)
            if path != "/health%00":
                failed(answer, 404, "not_found")


def test_request_ids(directory):
    with Prover(directory) as prover:
        for good in ("a", "A-1_b.c:d", "x" * 128, "550e8400-e29b-41d4-a716-446655440000"):
            answer = prover.get("/health", **{"X-Request-Id": good})
            house.equal(answer.headers["x-request-id"], good)
        made = set()
        for bad in ("", "x" * 129, "a b", "a;b", "<script>", "ä", "a\tb", None):
            headers = {} if bad is None else {"X-Request-Id": bad}
            name = prover.get("/health", **headers).headers["x-request-id"]
            house.check(UUID.fullmatch(name), name)
            made.add(name)
        house.equal(len(made), 8, "every one is new")
        house.wait_for(lambda: [line for line in prover.said("request")
                                if line["requestId"] == "A-1_b.c:d"], "its log line")


def test_rate_limit(directory):
    with Prover(directory, "--trusted-proxy", "127.0.0.0/8") as prover:
        def prove(client):
            headers = {"X-Forwarded-For": client} if client else {}
            return prover.ask("POST", "/prove", b"{}", headers=headers)

        for _ in range(10):
            house.equal(prove("192.0.2.1").status, 400)
        limited = failed(prove("192.0.2.1"), 429, "rate_limited")
        house.check(3500 < int(limited.headers["retry-after"]) <= 3600, limited)
        # The first hop is written by the client itself and counts for nothing.
        failed(prove("198.51.100.7, 192.0.2.1"), 429, "rate_limited")
        house.equal(prove("192.0.2.1, 198.51.100.7").status, 400)
        # Who has a /64 has all of it.
        for last in range(10):
            house.equal(prove(f"2001:db8::{last}").status, 400)
        failed(prove("2001:db8::ffff"), 429, "rate_limited")
        house.equal(prove("2001:db8:0:1::1").status, 400)
        # This machine, asking by itself, is exempt; pretending to be it is not.
        for _ in range(15):
            house.equal(prove(None).status, 400)
        for _ in range(10):
            prove("127.0.0.1")
        failed(prove("127.0.0.1"), 429, "rate_limited")
        house.contains(prover.get("/metrics").body.decode(), "teerex_rate_limited_total 4\n")


def test_forwarded_header_needs_a_trusted_peer(directory):
    with Prover(directory) as prover:
        for last in range(10):
            prover.ask("POST", "/prove", b"{}", headers={"X-Forwarded-For": f"192.0.2.{last}"})
        failed(prover.ask("POST", "/prove", b"{}", headers={"X-Forwarded-For": "192.0.2.99"}), 429,
               "rate_limited")
        house.equal(prover.ask("POST", "/prove", b"{}").status, 400)


def test_log_lines_hold_no_content(directory):
    with Prover(directory, "--workers", "2") as prover:
        body = json.dumps({"data": base64.b64encode(prover.message()).decode(),
                           "secret": "hunter2-hunter2"}).encode()
        prover.ask("POST", "/prove?token=query-secret", body,
                   headers={"Authorization": "Bearer header-secret"})
        prover.get("/path-secret")
        for _ in range(50):
            prover.get("/healthz")
        house.wait_for(lambda: len(prover.said("request")) >= 4, "log lines")
        log = prover.log()
        for secret in ("hunter2", "query-secret", "header-secret", "path-secret", "PGP", "data"):
            house.lacks(log, secret)
        line = next(line for line in prover.said("request") if line["route"] == "/prove")
        for name in ("time", "level", "part", "requestId", "method", "status", "ms", "bytesIn",
                     "bytesOut", "client"):
            house.check(name in line, line)
        house.equal((line["method"], line["status"], line["client"], line["bytesIn"]),
                    ("POST", 503, "127.0.0.1", len(body)))
        probes = [line for line in prover.said("request") if line["route"] == "/healthz"]
        house.check(1 <= len(probes) < 25, "successful probes are sampled")


def test_usage_and_configuration_errors(directory):
    def refused(status, text, *args, **env):
        result = house.run(house.PROVER, *args, env=house.clean_env(**env))
        house.equal(result.status, status, result)
        house.contains(result.err, text)

    refused(3, "did you mean --listen?", "--lisen", "x")
    refused(3, "needs a value", "--listen")
    refused(3, "unexpected argument", "extra")
    refused(3, "--workers must be", "--workers", "0")
    refused(3, "is not a time", "--drain-idle", "soon")
    refused(3, "no network", "--trusted-proxy", "10.0.0.1/8")
    refused(3, "TEE_MODE 'nitro' is not supported", TEE_MODE="nitro")
    refused(3, "BB_BINARY_PATH", BB_BINARY_PATH=str(directory / "absent"))
    refused(3, "PORT 'x'", PORT="x")
    refused(3, "HARDWARE_CONCURRENCY", HARDWARE_CONCURRENCY="0")
    refused(3, "--listen: address 'nonsense'", "--listen", "nonsense")
    with Prover(directory) as prover:
        taken = house.run(house.PROVER, "--listen", f"127.0.0.1:{prover.port}")
        house.check(taken.status != 0, taken)
        house.contains(taken.err, "teerex-prover (pid")
    house.contains(house.run(house.PROVER, "--help").out, "--check-socket PATH")


def test_a_configured_bb_is_said_to_wait(directory):
    with Prover(directory, env={"BB_BINARY_PATH": "/bin/true"}) as prover:
        answer = failed(prover.prove(prover.message()), 503, "no_bb")
        house.contains(answer.json()["error"], "cannot run it yet")


house.main()
