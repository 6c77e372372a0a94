import Testing

/// Texts that `int`, `float` and `filesizeformat` of jinja2 3.1.6 on Python 3.11 read as numbers.
struct NumberReadingTests {
    @Test(arguments: [
        (
            "{{ '٣' | int }} {{ '\u{3000}１_２' | int }} {{ '٣.٥' | float }} {{ '١٢٣٤' | filesizeformat }} {{ "
                + "'\\x1c5' | int(-1) }}",
            "3 12 3.5 1.2 kB -1"
        ),
        (
            "{{ '0x_1F' | int(0, 16) }} {{ '0b101' | int(base=0) }} {{ '010' | int(-1, 0) }} {{ '00' | int(-1, "
                + "0) }} {{ '0x1' | int(base=36) }} {{ '0_x1' | int(-1, 16) }} {{ '1e2' | int(base=0) }}",
            "31 5 10 0 1189 -1 100"
        ),
        (
            "{{ '7' | int('x', true) }} {{ 'z' | int('x', 99) }} {{ '7' | int('x', 2.5) }} {{ '-7.9' | "
                + "int(base=none) }} {{ '7' | int(1, nosuch) }}",
            "7 x 7 -7 7"
        ),
        (
            "{{ '1_e3' | float(-1) }} {{ '1_0e1_0' | float }} {{ '5.e2' | float }} {{ '.5' | float }} {{ '.' | "
                + "float(-1) }} {{ '1e99999999999999999999' | float }} {{ '-1e-400' | float }}",
            "-1 100000000000.0 500.0 0.5 -1 inf -0.0"
        ),
        (
            "{{ 'nan' | filesizeformat(true) }} {{ 1e308 | filesizeformat }} {{ 'nan' | float | int(5) }}",
            "nan YiB inf YB 5"
        ),
    ])
    func reads(_ source: String, _ expected: String) throws {
        try expectText(of: source, expected)
    }

    @Test(arguments: [
        "{{ 'inf' | float | int(5) }}", "{{ (10 ** 400) | float(1) }}", "{{ (10 ** 400) | filesizeformat }}",
        "{{ 'x' | filesizeformat }}", "{{ ('f' * 5000) | int(7, 16) }}", "{{ '{:-5}'.format('a') }}",
        "{{ '{:#}'.format('a') }}",
    ])
    func fails(_ source: String) {
        expectFailure(of: source)
    }
}
