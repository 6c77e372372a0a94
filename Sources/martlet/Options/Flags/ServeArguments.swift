import ArgumentParser
import Foundation
import MartletJSON

/// Turns the arguments of `serve` as vLLM takes them into those of the parser.
///
/// In this order: `--config` is replaced by the file's keys, `--flag.member value` by the JSON of `--flag`, and the flags
/// of the table are checked and taken out. What the parser knows itself is never looked up in the table.
struct ServeArguments {
    /// Each spelling that the parser knows, with the first spelling of its option.
    private let parserNames: [String: String]
    /// The spellings that take no value.
    private let parserSwitches: Set<String>
    /// What is said about flags without effect.
    private(set) var notes: [String] = []

    /// For a parser's flags, as its help lists them.
    init(help: String = ServeCommand.helpMessage(includeHidden: true, columns: 500)) {
        var names: [String: String] = [:]
        var switches: Set<String> = []
        for line in help.split(separator: "\n") {
            guard let match = line.prefixMatch(of: /\s+((?:-{1,2}[A-Za-z][A-Za-z0-9-]*(?:\/|, )?)+)/) else { continue }
            let spellings = match.1.split { "/, ".contains($0) }.map(String.init)
            let first = spellings.first { $0.hasPrefix("--") } ?? spellings[0]
            for name in spellings { names[name] = first }
            if !line[match.range.upperBound...].hasPrefix(" <") { switches.formUnion(spellings) }
        }
        parserSwitches = switches
        parserNames = names
    }

    /// The arguments for the parser, of those that begin with `serve`.
    ///
    /// - Throws: `ValidationError` for a refused flag or a configuration file that cannot be used.
    mutating func prepare(_ arguments: [String]) throws -> [String] {
        if let topic = arguments.first(where: { $0.hasPrefix("--help=") }) {
            throw CleanExit.message(try ServeHelp().text(for: String(topic.dropFirst(7))))
        }
        let (given, literal) = Self.split(Array(arguments.dropFirst()))
        var rest = given
        rest = try withConfiguration(rest)
        rest = try DottedFlags.joined(rest)
        rest = try withoutTable(rest)
        return ["serve"] + rest + literal
    }

    /// The arguments before `--`, and that with what follows.
    private static func split(_ arguments: [String]) -> ([String], [String]) {
        let end = arguments.firstIndex(of: "--") ?? arguments.endIndex
        return (Array(arguments[..<end]), Array(arguments[end...]))
    }

    /// The name of a flag and the value written with it.
    static func parts(_ argument: String) -> (name: String, value: String?)? {
        guard argument.hasPrefix("-"), argument.count > 1, Double(argument) == nil else { return nil }
        guard let equals = argument.firstIndex(of: "=") else { return (argument, nil) }
        return (String(argument[..<equals]), String(argument[argument.index(after: equals)...]))
    }
}

// MARK: - The configuration file

extension ServeArguments {
    private func withConfiguration(_ arguments: [String]) throws -> [String] {
        var rest: [String] = []
        var path: String?
        var given: Set<String> = []
        var index = 0
        while index < arguments.count {
            let argument = arguments[index]
            index += 1
            guard let (name, value) = Self.parts(argument), name == "--config" else {
                if let name = Self.parts(argument)?.name { given.insert(canonical(name)) }
                rest.append(argument)
                continue
            }
            guard path == nil else { throw ValidationError("--config is given twice; one file is read") }
            path = value ?? (index < arguments.count ? arguments[index] : nil)
            if value == nil { index += 1 }
            guard path?.isEmpty == false else { throw ValidationError("--config needs the path of a YAML file") }
        }
        guard let path else { return rest }
        // a model that is named on the command line wins too
        if let first = rest.first, !first.hasPrefix("-") { given.insert("--model") }
        let added = try ConfigurationFile(path: path).arguments(for: self, except: given)
        return rest + added
    }

    /// What two spellings of one flag have in common.
    func canonical(_ name: String) -> String {
        let bare = String(name.split(separator: ".", maxSplits: 1)[0])
        let positive = bare.hasPrefix("--no-") ? "--" + bare.dropFirst(5) : bare
        for spelling in [bare, positive] {
            if let first = parserNames[spelling] { return first }
            if let rule = FlagTable.rulesByName[spelling] { return rule.names[0] }
        }
        return positive
    }

    /// Whether a flag takes no value.
    func isSwitch(_ name: String) -> Bool {
        parserNames[name] == nil
            ? FlagTable.rulesByName[name]?.arity == FlagRule.Arity.none : parserSwitches.contains(name)
    }

    /// Whether there is a flag of that name.
    func knows(_ name: String) -> Bool { parserNames[name] != nil || FlagTable.rulesByName[name] != nil }
}

// MARK: - The table

extension ServeArguments {
    private mutating func withoutTable(_ arguments: [String]) throws -> [String] {
        var rest: [String] = []
        var index = 0
        while index < arguments.count {
            let argument = arguments[index]
            index += 1
            guard let (name, inline) = Self.parts(argument) else {
                rest.append(argument)
                continue
            }
            let isBare = inline == nil && (index == arguments.count || Self.parts(arguments[index]) != nil)
            // the stored token is looked for anyway
            if name == "--hf-token", isBare { continue }
            guard parserNames[name] == nil, let rule = FlagTable.rulesByName[name] else {
                rest.append(argument)
                continue
            }
            var values = [inline].compactMap { $0 }
            if rule.arity == .none {
                guard values.isEmpty else { throw ValidationError("\(name) takes no value") }
            } else if values.isEmpty {
                while index < arguments.count, Self.parts(arguments[index]) == nil {
                    values.append(arguments[index])
                    index += 1
                    if rule.arity == .one { break }
                }
                guard !values.isEmpty else { throw ValidationError("\(name) needs a value") }
            }
            if let note = try rule.check(name, values: values) { notes.append(note) }
        }
        return rest
    }
}
