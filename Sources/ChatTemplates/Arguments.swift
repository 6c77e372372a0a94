/// The arguments of one call.
struct Arguments {
    var positional: [Value] = []
    var keywords: [(name: String, value: Value)] = []

    var isEmpty: Bool { positional.isEmpty && keywords.isEmpty }

    /// The arguments in the order of the parameters, `nil` where one is not given.
    ///
    /// - Throws: a runtime error for a missing, surplus, unknown or doubled argument.
    func bind(_ function: String, _ names: [String], required: Int = 0) throws(TemplateError) -> [Value?] {
        guard positional.count <= names.count else {
            throw .runtime("\(function)() takes at most \(names.count) arguments (\(positional.count) given)")
        }
        var bound: [Value?] = positional
        bound.append(contentsOf: repeatElement(nil, count: names.count - positional.count))
        for (name, value) in keywords {
            guard let position = names.firstIndex(where: { Text.sameBytes($0, name) }) else {
                throw .runtime("\(function)() got an unexpected keyword argument '\(name)'")
            }
            guard bound[position] == nil else {
                throw .runtime("\(function)() got multiple values for argument '\(name)'")
            }
            bound[position] = value
        }
        for position in 0..<required where bound[position] == nil {
            throw .runtime("\(function)() missing required argument: '\(names[position])'")
        }
        return bound
    }
}
