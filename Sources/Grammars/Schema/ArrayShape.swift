/// What a schema asks of arrays; elements' schemas are nodes of a `SchemaGraph`.
struct ArrayShape: Sendable, Hashable {
    /// How many elements satisfy a schema.
    struct Count: Sendable, Hashable {
        /// The schema.
        var node: Int
        /// The least number.
        var minimum: Int
        /// The greatest number.
        var maximum: Int?
        /// The first element that counts.
        var start = 0
    }

    /// The schemas of the first elements.
    var prefix: [Int] = []
    /// The schema of the elements after those.
    var rest = SchemaGraph.any
    /// The least number of elements.
    var minimum = 0
    /// The greatest number of elements.
    var maximum: Int?
    /// What elements are counted.
    var counts: [Count] = []
    /// Where the schema asks for elements that differ, if it does.
    var uniquePlace: String?

    /// The schema of the element at a position.
    func node(at position: Int) -> Int { position < prefix.count ? prefix[position] : rest }

    /// Whether obviously no array has the shape.
    var isEmpty: Bool {
        if let maximum, maximum < minimum { return true }
        return (0..<min(minimum, prefix.count + 1)).contains { node(at: $0) == SchemaGraph.never }
    }

    /// The arrays that have both shapes.
    func intersection(_ other: ArrayShape, in graph: inout SchemaGraph) throws(GrammarError) -> ArrayShape {
        var result = self
        result.prefix = []
        for position in 0..<max(prefix.count, other.prefix.count) {
            result.prefix.append(try graph.all([node(at: position), other.node(at: position)]))
        }
        result.rest = try graph.all([rest, other.rest])
        result.minimum = max(minimum, other.minimum)
        result.maximum = [maximum, other.maximum].compactMap(\.self).min()
        for count in other.counts where !result.counts.contains(count) { result.counts.append(count) }
        result.uniquePlace = uniquePlace ?? other.uniquePlace
        return result
    }

    /// The arrays that do not have the shape.
    func complement(in graph: inout SchemaGraph) throws(GrammarError) -> [ArrayShape] {
        if let uniquePlace { throw .unsupported("the opposite of `uniqueItems`", at: uniquePlace) }
        var result: [ArrayShape] = []
        for (position, node) in prefix.enumerated() where node != SchemaGraph.any {
            let before = [Int](repeating: SchemaGraph.any, count: position)
            result.append(ArrayShape(prefix: before + [try graph.not(node)], minimum: position + 1))
        }
        if rest == SchemaGraph.never {
            result.append(ArrayShape(minimum: prefix.count + 1))
        } else if rest != SchemaGraph.any {
            let count = Count(node: try graph.not(rest), minimum: 1, start: prefix.count)
            result.append(ArrayShape(counts: [count]))
        }
        if minimum > 0 { result.append(ArrayShape(maximum: minimum - 1)) }
        if let maximum { result.append(ArrayShape(minimum: maximum + 1)) }
        for count in counts {
            if count.minimum > 0 {
                let fewer = Count(node: count.node, minimum: 0, maximum: count.minimum - 1, start: count.start)
                result.append(ArrayShape(counts: [fewer]))
            }
            if let maximum = count.maximum {
                let more = Count(node: count.node, minimum: maximum + 1, start: count.start)
                result.append(ArrayShape(counts: [more]))
            }
        }
        return result
    }
}
