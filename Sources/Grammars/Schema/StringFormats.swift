import Synchronization

/// The strings of the formats that JSON Schema and its users name.
enum StringFormats {
    /// The strings of a format.
    ///
    /// - Throws: `unsupported` for a format whose strings are not known.
    static func texts(named name: String, at place: String) throws(GrammarError) -> TextSet {
        if unconstrained.contains(name) { return .all }
        guard let pattern = patterns[name] else {
            let known = patterns.keys.sorted().joined(separator: ", ")
            throw .unsupported("the format `\(name)`, which is none of \(known),", at: place)
        }
        if let known = automata.withLock({ $0[name] }) { return .some(known) }
        let limits = GrammarLimits()
        let node = try RegexParser.parse(pattern, place: place, limits: limits)
        let texts = try RegexCompiler.compile(node, place: place, limits: limits)
        automata.withLock { $0[name] = texts }
        return .some(texts)
    }

    /// Formats that say how a value is shown or stored, not what it looks like, or that numbers have.
    private static let unconstrained: Set = [
        "password", "float", "double", "int32", "int64", "binary", "path", "file-path", "directory-path", "multi-line",
        "color-picker", "textarea", "markdown", "html",
    ]

    /// The automata of formats that were asked for.
    private static let automata = Mutex<[String: TextAutomaton]>([:])

    private static let patterns: [String: String] = {
        let time = "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"
        let octet = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
        let ipv4 = "\(octet)(\\.\(octet)){3}"
        let label = "[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
        let hostname = "\(label)(\\.\(label)){0,7}"
        let character = "([a-zA-Z0-9._~!$&'()*+,;=:@-]|%[0-9a-fA-F]{2})"
        let path = "(/\(character)*)*"
        let tail = "(\\?(\(character)|[/?])*)?(#(\(character)|[/?])*)?"
        let authority = "([a-zA-Z0-9._~-]+@)?(\(hostname)|\\[\(ipv6)\\])(:[0-9]{1,5})?"
        let pointer = "(/([^/~]|~[01])*)*"
        let hexadecimal = "[0-9a-fA-F]"
        return [
            "date": date,
            "time": time,
            "date-time": "(\(date))T\(time)",
            "duration": duration,
            "email": "[a-zA-Z0-9_+-]+(\\.[a-zA-Z0-9_+-]+)*@(\(label)\\.){1,6}[a-zA-Z]{2,24}",
            "hostname": hostname,
            "ipv4": ipv4,
            "ipv6": ipv6,
            "uuid": "\(hexadecimal){8}(-\(hexadecimal){4}){3}-\(hexadecimal){12}",
            "uri": "[a-zA-Z][a-zA-Z0-9+.-]{0,31}:(//\(authority)\(path)|/?(\(character)+\(path)))\(tail)",
            "uri-reference":
                "([a-zA-Z][a-zA-Z0-9+.-]{0,31}:)?(//\(authority)\(path)|/?([a-zA-Z0-9._~-]+\(path))?)\(tail)",
            "json-pointer": pointer,
            "relative-json-pointer": "(0|[1-9][0-9]*)(#|\(pointer))",
            "base64url": "[A-Za-z0-9_-]*={0,2}",
        ]
    }()

    /// Days of the Gregorian calendar, leap days in leap years only.
    private static let date: String = {
        let leap = "([0-9]{2}(0[48]|[2468][048]|[13579][26])|(0[48]|[2468][048]|[13579][26])00)-02-29"
        let year = "([1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])"
        let days = "((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)"
        return "\(year)-\(days)|02-(0[1-9]|1[0-9]|2[0-8]))|\(leap)"
    }()

    private static let duration: String = {
        let time = "T([0-9]+H([0-9]+M([0-9]+S)?)?|[0-9]+M([0-9]+S)?|[0-9]+S)"
        let day = "[0-9]+D"
        let month = "[0-9]+M(\(day))?"
        let date = "([0-9]+Y(\(month))?|\(month)|\(day))(\(time))?"
        return "P(\(date)|\(time)|[0-9]+W)"
    }()

    /// Eight groups of 16 bits, one run of zeros left out at most, the last two perhaps as an IPv4 address.
    private static let ipv6: String = {
        let group = "[0-9a-fA-F]{1,4}"
        let octet = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
        let last = "(\(group):\(group)|\(octet)(\\.\(octet)){3})"
        var forms = ["(\(group):){6}\(last)", "::(\(group):){5}\(last)"]
        for before in 1...5 {
            let count = 5 - before
            forms.append("((\(group):){0,\(before - 1)}\(group))?::(\(group):){\(count)}\(last)")
        }
        forms.append("((\(group):){0,5}\(group))?::\(group)")
        forms.append("((\(group):){0,6}\(group))?::")
        return forms.map { "(\($0))" }.joined(separator: "|")
    }()
}
