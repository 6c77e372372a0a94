/// Which words are addresses: the languages of the regular expressions of `jinja2.utils`, decided in one pass each.
///
/// The expressions know Unicode's letters and digits and ignore case, so that the letters of domains include the four
/// others whose case mappings lead to ASCII. Words hold no white space.
enum AddressPatterns {
    typealias Word = ArraySlice<Unicode.Scalar>

    private static let topLevelDomains = ["com", "net", "int", "edu", "gov", "org", "info", "mil"].map {
        Array($0.utf8)
    }

    /// An address with `http`, `https` or `www`, or a domain under one of the oldest top level domains.
    static func isWeb(_ scalars: [Unicode.Scalar]) -> Bool {
        let word = scalars[...]
        if let rest = dropping("http://", from: word) ?? dropping("https://", from: word) {
            if rest.first == "[" {
                guard let end = rest.firstIndex(of: "]") else { return false }
                return isIPv6(rest[(rest.startIndex + 1)..<end]) && isRest(rest[(end + 1)...])
            }
            let host = host(of: rest)
            return (isDomain(host) || isIPv4(host)) && isRest(rest[host.endIndex...])
        }
        let host = host(of: word)
        guard isRest(word[host.endIndex...]) else { return false }
        return dropping("www.", from: host).map { isDomain($0) } ?? false || isKnownDomain(host)
    }

    /// A mail address: anything, an at sign, and a domain with a dot.
    static func isMail(_ word: Word) -> Bool {
        guard let at = word.lastIndex(of: "@"), at > word.startIndex else { return false }
        let domain = word[(at + 1)...]
        guard let first = domain.first, isWordScalar(first), let dot = domain.lastIndex(of: ".") else { return false }
        let top = domain[(dot + 1)...]
        return !top.isEmpty && top.allSatisfy(isWordScalar)
            && domain.allSatisfy { isWordScalar($0) || $0 == "." || $0 == "-" }
    }

    /// A prefix of addresses: two characters or more, a colon, and at most two slashes.
    static func isSchemePrefix(_ scalars: [Unicode.Scalar]) -> Bool {
        guard let colon = scalars.firstIndex(of: ":"), colon >= 2 else { return false }
        let slashes = scalars[(colon + 1)...]
        return slashes.count <= 2 && slashes.allSatisfy { $0 == "/" }
            && scalars[..<colon].allSatisfy { isWordScalar($0) || $0 == "." || $0 == "+" || $0 == "-" }
    }

    // MARK: - Parts

    private static func host(of word: Word) -> Word { word.prefix { $0 != ":" && !beginsPath($0) } }

    private static func beginsPath(_ scalar: Unicode.Scalar) -> Bool { scalar == "/" || scalar == "?" || scalar == "#" }

    /// What may follow a host: a port, and a path, query or fragment.
    private static func isRest(_ rest: Word) -> Bool {
        guard let first = rest.first else { return true }
        if first != ":" { return beginsPath(first) }
        let port = rest.dropFirst().prefix(while: StringOperations.isDecimal)
        guard (1...5).contains(port.count) else { return false }
        return port.endIndex == rest.endIndex || beginsPath(rest[port.endIndex])
    }

    private static func isDomain(_ host: Word) -> Bool {
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        guard let top = labels.last else { return false }
        guard labels.dropLast().allSatisfy({ !$0.isEmpty && $0.allSatisfy(isLabelScalar) }) else { return false }
        if (2...63).contains(top.count) && top.allSatisfy({ letter($0) != nil }) { return true }
        guard let name = dropping("xn--", from: top) else { return false }
        return (2...59).contains(name.count) && name.allSatisfy { isWordScalar($0) || $0 == "%" }
    }

    private static func isKnownDomain(_ host: Word) -> Bool {
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        guard labels.count >= 2, let top = labels.last, top.count <= 4 else { return false }
        let letters = top.map(letter)
        return topLevelDomains.contains { $0.elementsEqual(letters) { $0 == $1 } }
            && labels.dropLast().allSatisfy { (2...63).contains($0.count) && $0.allSatisfy(isLabelScalar) }
    }

    private static func isIPv4(_ host: Word) -> Bool {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { (1...3).contains($0.count) && $0.allSatisfy(StringOperations.isDecimal) }
    }

    /// Two groups of up to four digits with their colons, and one to six more whose colons may be missing.
    private static func isIPv6(_ address: Word) -> Bool {
        let groups = address.split(separator: ":", omittingEmptySubsequences: false)
        guard groups.count > 2, groups[0].count <= 4, groups[1].count <= 4 else { return false }
        let isHexadecimal = groups.joined().allSatisfy {
            StringOperations.isDecimal($0) || ("a"..."f").contains($0) || ("A"..."F").contains($0)
        }
        var used = (groups[groups.count - 1].count + 3) / 4
        for group in groups[2..<(groups.count - 1)] { used += max(1, (group.count + 3) / 4) }
        return isHexadecimal && used <= 6
    }

    // MARK: - Characters

    /// What follows a prefix, whose letters may be of any case.
    private static func dropping(_ prefix: StaticString, from word: Word) -> Word? {
        let length = prefix.utf8CodeUnitCount
        guard word.count >= length else { return nil }
        let expected = prefix.description.unicodeScalars
        let isEqual = zip(word, expected).allSatisfy { $0 == $1 || letter($0).map { UInt32($0) } == $1.value }
        return isEqual ? word.dropFirst(length) : nil
    }

    /// The small ASCII letter that a scalar equals when case is ignored.
    private static func letter(_ scalar: Unicode.Scalar) -> UInt8? {
        switch scalar.value {
        case 0x41...0x5A: UInt8(scalar.value) + 0x20
        case 0x61...0x7A: UInt8(scalar.value)
        case 0x130, 0x131: UInt8(ascii: "i")
        case 0x17F: UInt8(ascii: "s")
        case 0x212A: UInt8(ascii: "k")
        default: nil
        }
    }

    private static func isLabelScalar(_ scalar: Unicode.Scalar) -> Bool {
        isWordScalar(scalar) || scalar == "%" || scalar == "-"
    }

    /// Letters, numbers of any kind and the underscore: `\w`.
    private static func isWordScalar(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x30...0x39, 0x41...0x5A, 0x5F, 0x61...0x7A: true
        case 0..<0x80: false
        default: StringOperations.isAlphabetic(scalar) || StringOperations.isNumeric(scalar)
        }
    }
}
