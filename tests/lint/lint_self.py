"""The lints can fail: each is run on a small tree with one thing wrong and must name it."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

LINTS = Path(__file__).resolve().parent
SOURCE = Path(sys.argv[1]).resolve()
HEAD = "/* A file for a test. */\n"
LONG = "int f(void);\nint f(void)\n{\n" + "    f();\n" * 60 + "    return 0;\n}\n"
DEEP = ("void g(int a);\nvoid g(int a)\n{\n    if (a)\n        if (a)\n            if (a)\n"
        "                if (a)\n                    g(a);\n}\n")
MUTANT = ("# what: x\n# caught-by: y\n--- a/pkg/core/good.c\n+++ b/pkg/core/good.c\n"
          "@@ -1,2 +1,2 @@\n int other(void)\n-old\n+new\n")

# lint, file, its text, what the lint must say
CASES = [
    ("layers", "pkg/core/x.c", HEAD + '#include "http/http.h"\n', "core may not include http"),
    ("layers", "pkg/gate/x.c", HEAD + '#include "store/sqlite.h"\n', "gate may not include store"),
    ("layers", "pkg/plan/x.c", HEAD + '#include "store/sqlite.h"\n', "private to store"),
    ("layers", "pkg/http/x.c", HEAD + "#include <sqlite3.h>\n", "<sqlite3.h> belongs to store"),
    ("layers", "pkg/http/x.c", HEAD + '#include "cmd/app.h"\n', "nobody includes cmd/app.h"),
    ("layers", "pkg/gate/x.c", HEAD + "struct cap c = cap_apply(0, 0);\n", "applying capability"),
    ("layers", "pkg/gate/x.c", HEAD + 'void f(void)\n{\n    printf("x");\n}\n', "does not print"),
    ("layers", "pkg/gate/x.c", HEAD + "static int dry_run;\n", "dry_run"),
    ("layers", "pkg/new/x.c", HEAD, "new has no line in pkg/LAYERS"),
    ("sizes", "pkg/core/x.c", HEAD + LONG, "f: lines 64, at most 60"),
    ("sizes", "pkg/core/x.c", HEAD + DEEP, "g: nesting 4, at most 3"),
    ("sizes", "pkg/core/x.c", "int a;\n", "opens with a comment"),
    ("sizes", "pkg/core/x.h", HEAD + "\nvoid undocumented(int a);\n", "without a comment"),
    ("sizes", "pkg/core/x.c", HEAD + "\n" * 500, "501 lines, at most 500"),
    ("traces", "docs/x.md", "see /" + "root/secret\n", "a path of a machine"),
    ("traces", "docs/x.md", "from regis" + "try.somewhere.org\n", "a registry's host"),
    ("traces", "package-lock.json", '{"reso' + 'lved": "x"}\n', "where packages came from"),
    ("format", "pkg/core/x.c", HEAD + "int  a ;\n", "not formatted"),
    ("mutants", "tests/mutants/x.patch", "# what: x\n", "no line '# caught-by: ...'"),
    ("mutants", "tests/mutants/x.patch", MUTANT, "does not apply any more"),
]


def tree_with(directory, name, text):
    (directory / "pkg").mkdir(parents=True)
    shutil.copy(SOURCE / "pkg/LAYERS", directory / "pkg/LAYERS")
    shutil.copy(SOURCE / ".clang-format", directory)
    good = directory / "pkg/core/good.c"
    good.parent.mkdir()
    good.write_text(HEAD + "int main(void)\n{\n    return 0;\n}\n")
    path = directory / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    subprocess.run(["git", "init", "-q"], cwd=directory, check=True)


def run_case(lint, name, text, wanted):
    with tempfile.TemporaryDirectory() as temporary:
        directory = Path(temporary) / "tree"
        tree_with(directory, name, text)
        done = subprocess.run([sys.executable, LINTS / f"lint_{lint}.py", directory], text=True,
                              capture_output=True, check=False)
        if done.returncode == 77:
            return True
        good = done.returncode == 1 and wanted in done.stdout
        if not good:
            print(f"{lint} on {name}: wanted {wanted!r}, status {done.returncode}:\n{done.stdout}{done.stderr}")
        return good


def main():
    good = [run_case(*case) for case in CASES]
    print(f"{good.count(True)} passed, {good.count(False)} failed")
    sys.exit(0 if all(good) else 1)


main()
