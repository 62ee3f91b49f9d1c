"""`botcore data lint`."""

from __future__ import annotations


def test_lint_tells_errors_with_places_and_ends_with_one(cli, shop):
    shop.write("a.yaml", "greet: [hello, hi]\nleave:\n  - bye\n  - Hello!\n")
    done = cli("data", "lint", "a.yaml")
    assert done.returncode == 1
    first = done.stdout.split("\n")[0]
    assert first.startswith("error    a.yaml:4  'Hello!' is 'leave' here and 'greet' in a.yaml:1.")
    assert done.stdout.strip().endswith("4 examples of 2 intents: 1 error, 2 warnings, 0 notes.")


def test_lint_as_json_has_every_finding(cli, shop):
    shop.write("a.csv", "text,intent\nhello,greet\nhi,greet\n")
    shop.write("b.csv", "text,intent\nhey,greet\n")
    found = cli.json("data", "lint", "a.csv", "--test", "b.csv")
    assert found["rows"] == 2
    assert found["intents"] == {"greet": 2}
    assert {finding["kind"] for finding in found["findings"]} == {"too_few", "one_intent"}


def test_lint_of_a_file_that_is_not_there_says_so(cli):
    done = cli("data", "lint", "none.jsonl")
    assert done.returncode == 1
    assert "none.jsonl:1:1  the file does not exist. Check its path and permissions." in done.stdout
