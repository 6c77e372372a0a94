/// A set of JSON values, kind by kind; what arrays and objects hold are nodes of a `SchemaGraph`.
struct ValueSet: Sendable {
    /// Whether `null` is in the set.
    var hasNull = false
    /// Whether `true` is in the set.
    var hasTrue = false
    /// Whether `false` is in the set.
    var hasFalse = false
    /// The numbers, by their texts.
    var numbers = TextSet.none
    /// The strings.
    var strings = TextSet.none
    /// Arrays of any of these shapes.
    var arrays: [ArrayShape] = []
    /// Objects of any of these shapes.
    var objects: [ObjectShape] = []

    /// Every value.
    static let everything = ValueSet(
        hasNull: true,
        hasTrue: true,
        hasFalse: true,
        numbers: .all,
        strings: .all,
        arrays: [ArrayShape()],
        objects: [ObjectShape()]
    )

    /// Whether there is obviously no value in the set.
    var isEmpty: Bool {
        !hasNull && !hasTrue && !hasFalse && numbers.isEmpty && strings.isEmpty && arrays.isEmpty && objects.isEmpty
    }

    /// The values that are in both sets.
    func intersection(_ other: ValueSet, in graph: inout SchemaGraph) throws(GrammarError) -> ValueSet {
        var result = ValueSet()
        result.hasNull = hasNull && other.hasNull
        result.hasTrue = hasTrue && other.hasTrue
        result.hasFalse = hasFalse && other.hasFalse
        result.numbers = try numbers.intersection(other.numbers, limits: graph.limits)
        result.strings = try strings.intersection(other.strings, limits: graph.limits)
        for left in arrays {
            for right in other.arrays {
                let shape = try left.intersection(right, in: &graph)
                if !shape.isEmpty, !result.arrays.contains(shape) { result.arrays.append(shape) }
            }
            try graph.check(alternatives: result.arrays.count, at: "allOf")
        }
        for left in objects {
            for right in other.objects {
                let shape = try left.intersection(right, in: &graph)
                if !shape.isEmpty, !result.objects.contains(shape) { result.objects.append(shape) }
            }
            try graph.check(alternatives: result.objects.count, at: "allOf")
        }
        return result
    }

    /// The values that are in either set.
    func union(_ other: ValueSet, in graph: SchemaGraph) throws(GrammarError) -> ValueSet {
        var result = self
        result.hasNull = hasNull || other.hasNull
        result.hasTrue = hasTrue || other.hasTrue
        result.hasFalse = hasFalse || other.hasFalse
        result.numbers = try numbers.union(other.numbers, limits: graph.limits)
        result.strings = try strings.union(other.strings, limits: graph.limits)
        for shape in other.arrays where !arrays.contains(shape) { result.arrays.append(shape) }
        for shape in other.objects where !objects.contains(shape) { result.objects.append(shape) }
        try graph.check(alternatives: max(result.arrays.count, result.objects.count), at: "anyOf")
        return result
    }

    /// The values that are not in the set.
    func complement(in graph: inout SchemaGraph) throws(GrammarError) -> ValueSet {
        var result = ValueSet()
        result.hasNull = !hasNull
        result.hasTrue = !hasTrue
        result.hasFalse = !hasFalse
        result.numbers = try numbers.complement(in: NumberTexts.plain, limits: graph.limits)
        result.strings = try strings.complement(in: .everything, limits: graph.limits)
        result.arrays = [ArrayShape()]
        result.objects = [ObjectShape()]
        for shape in arrays {
            let others = ValueSet(arrays: try shape.complement(in: &graph))
            result.arrays = try result.intersection(others, in: &graph).arrays
        }
        for shape in objects {
            let others = ValueSet(objects: try shape.complement(in: &graph))
            result.objects = try result.intersection(others, in: &graph).objects
        }
        return result
    }
}
