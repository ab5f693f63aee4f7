"""What a hostile, unlucky or hurried caller sends: one corpus for every field and every parameter."""

TEXTS = [
    *("", " ", "\0", "a\0b", "a\r\nSet-Cookie: x=1", "\u202etxt.exe", "\u2028", "é" * 300, "x" * 5_000),
    *("²", "٣", "NaN", "-Infinity", "1e999", "1e-999", "9" * 30, "-1", "0.001", "1_000", "null", "[]"),
    *("2026-02-30", "0001-01-01", "9999-12-31T23:59:59-14:00", "<script>alert(1)</script>", "{{ 7*7 }}", "%s%n"),
    *("../../etc/passwd", "=cmd|'/c'!A1", "' OR 1=1 --", "\\", "%", "_", "(a+)+$"),
]
OTHERS = [None, True, 0, -1, 2**31, 2**63, 10**30, 0.1, 1e308, -0.0, [], {}, [[]], ["x"] * 50, {"$gt": ""}]
# Bodies no JSON library would write, each the value of a field.
RAW = [
    *(b"NaN", b"Infinity", b"1e999", b"-1e999", b'"\\ud800"', b'"a\\udfffb"', b'"\\u0000"', b"9" * 5000, b"01", b"'x'"),
    *(b'"\xff"', b'"\xed\xa0\x80"', b"[" * 50_000, b"[" * 50_000 + b"]" * 50_000, b'{"a":' * 50_000),
]
# What a shell would act on, if it were not quoted.
SHELL_WORDS = [
    *("", "it's", "''", "'\\''", "\\", "a\\'b\\n", '"', "$TOKEN", "$(exit 9)", "`exit 9`", "${TOKEN}", "!!", "a\nb\tc"),
    *(
        "#",
        "-X",
        "@/etc/passwd",
        "{a,b}[1-9]",
        "~ * ?",
        "a;b|c&d<e>",
        "%s%n",
        "\x1b[201~exit 9",
        "\x9b",
        "émail …",
        "&amp;",
    ),
]
