"""`teerexctl attest verify` and `teerexctl eif describe|verify`: on the shared vectors, as a person
and as a program would ask."""

import json

import house

DOCUMENT = house.VECTORS / "nitro/base_nitro_validator_repaired.cbor"
DEBUG = house.VECTORS / "nitro/ppmag_nitro_ad_debug.cbor"
AT = "1767472867"
IMAGE = house.VECTORS / "eif/signed_v4.eif"


def need_vectors():
    if not DOCUMENT.exists():
        raise house.Skip(f"no vectors in {house.VECTORS} (TEEREX_VECTORS)")


def expected(name, file):
    return json.loads((house.VECTORS / name / "expected.json").read_text())[file.name]


def ask(*args):
    """The report, and the exit status."""
    done = house.ctl(*args, "--format", "json")
    return json.loads(done.out.splitlines()[-1]), done.status


def test_a_document_at_its_time(directory):
    need_vectors()
    done = house.ctl("attest", "verify", DOCUMENT, "--at", AT)
    house.equal(done.status, 0)
    house.contains(done.out, "i-0368fa67e156d6d23")
    report, _ = ask("attest", "verify", DOCUMENT, "--at", AT)
    house.equal(report["verdict"], "verified")
    house.equal((report["debug"], report["simulated"], report["tcb_status"]), (False, False, None))
    for index, value in expected("nitro", DOCUMENT)["pcrs"].items():
        house.equal(report["measurements"][f"PCR{index}"], value)


def test_refusals_have_reasons(directory):
    need_vectors()
    pcrs = directory / "pcrs.json"
    pcrs.write_text(json.dumps({"PCR0": "00" * 48}))
    for reason, args in (("certificate_expired", (DOCUMENT,)),
                         ("debug_enclave", (DEBUG, "--at", "1614963710")),
                         ("nonce_missing", (DOCUMENT, "--at", AT, "--nonce", "00ff")),
                         ("pcr0_mismatch", (DOCUMENT, "--at", AT, "--expect", pcrs)),
                         ("malformed", (IMAGE,))):
        report, status = ask("attest", "verify", *args)
        house.equal((report["verdict"], report["reason"], status), ("refused", reason, 9))


def test_what_cannot_be_asked(directory):
    need_vectors()
    typo = directory / "typo.json"
    typo.write_text('{"pcr0": "00"}')
    root = directory / "root.pem"
    root.write_text("no certificate")
    for args in (("--expect", typo), ("--root", root), ("--nonce", "0")):
        done = house.ctl("attest", "verify", DOCUMENT, "--at", AT, *args)
        house.check(done.status not in (0, 9), done)
        house.equal(done.out, "")
    quote = directory / "quote.bin"
    quote.write_bytes(b"\x04\x00\x02\x00" + bytes(600))
    house.contains(house.ctl("attest", "verify", quote).err, "Nitro only")


def test_an_image(directory):
    need_vectors()
    report, status = ask("eif", "describe", IMAGE)
    house.equal((report["verdict"], status), ("verified", 0))
    wanted = expected("eif", IMAGE)
    house.equal(report["Measurements"],
                {name: wanted[name] for name in ("PCR0", "PCR1", "PCR2", "PCR8")})
    described = directory / "described.json"
    described.write_text(json.dumps({"Measurements": report["Measurements"]}))
    house.equal(house.ctl("eif", "verify", IMAGE, "--expect", described, "--signed").status, 0)
    other = IMAGE.with_name("three_ramdisks.eif")
    report, status = ask("eif", "verify", other, "--expect", described)
    house.equal((report["reason"], status), ("pcr0_mismatch", 9))


def test_images_that_do_not_hold(directory):
    need_vectors()
    for name, reason in (("bad_crc.eif", "crc_mismatch"),
                         ("signed_wrong_pcr0.eif", "signature_pcr0_mismatch")):
        report, status = ask("eif", "verify", IMAGE.with_name(name))
        house.equal((report["reason"], status), (reason, 9))
        house.equal(ask("eif", "describe", IMAGE.with_name(name))[1], 0)
    report, status = ask("eif", "verify", IMAGE.with_name("plain_v4.eif"), "--signed")
    house.equal((report["reason"], status), ("signature_missing", 9))
    cut = directory / "cut.eif"
    cut.write_bytes(IMAGE.read_bytes()[:-1])
    done = house.ctl("eif", "describe", cut)
    house.equal(done.status, 9)
    house.contains(done.err, "ends after 17483 bytes")


house.main()
