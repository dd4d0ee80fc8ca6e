"""The programs under test are hardened as those that are shipped, when their preset says so."""

import os
import subprocess

import hardening
import house


def test_the_programs_are_hardened(home):
    house.need("readelf")
    if os.environ.get("TEEREX_HARDENED") != "1":
        raise house.Skip("this preset builds without hardening")
    for program in (house.TEEREXCTL, house.PROVER):
        missing = hardening.missing(program)
        assert not missing, f"{program}: {missing}"


def test_a_soft_program_is_found_out(home):
    """The check itself: a program without any of it is told so."""
    house.need("readelf")
    compiler = house.need("gcc")
    source, program = home / "soft.c", home / "soft"
    source.write_text("int main(void) { return 0; }\n")
    subprocess.run([compiler, "-O2", "-no-pie", "-Wl,-z,lazy,-z,norelro,-z,execstack,-rpath,/x",
                    "-fno-stack-protector", source, "-o", program], check=True)
    found = hardening.missing(program)
    assert len(found) == len(hardening.WANTED) + 1, found


house.main()
