/// What a schema asks of objects; members' schemas are nodes of a `SchemaGraph`.
struct ObjectShape: Sendable, Hashable {
    /// A member that the schema names.
    struct Property: Sendable, Hashable {
        /// The member's name.
        var name: String
        /// The schema of its value.
        var node: Int
        /// Whether it must be there.
        var isRequired = false
    }

    /// Members by names that are in no other region and are not a property's.
    struct Region: Sendable, Hashable {
        /// The names, which may include properties' names; those do not count.
        var names: TextSet
        /// The schema of the values.
        var node: Int
    }

    /// The members that are named, in the order in which they are written.
    var properties: [Property] = []
    /// The other members that are allowed.
    var regions = [Region(names: .all, node: SchemaGraph.any)]
    /// Other members of which at least one each must be there.
    var needs: [Region] = []
    /// The least number of members.
    var minimum = 0
    /// The greatest number of members.
    var maximum: Int?

    /// Whether obviously no object has the shape.
    var isEmpty: Bool {
        if let maximum, maximum < max(minimum, properties.count(where: \.isRequired)) { return true }
        if needs.contains(where: { $0.names.isEmpty || $0.node == SchemaGraph.never }) { return true }
        return properties.contains { $0.isRequired && $0.node == SchemaGraph.never }
    }

    /// The schema of a member whose name is not a property's.
    func regionNode(of name: String) -> Int {
        regions.first { $0.names.contains(name) }?.node ?? SchemaGraph.never
    }

    /// Makes members required; those that are not named yet become the last ones.
    mutating func require(_ names: [String]) {
        var index: [ExactText: Int] = [:]
        for (position, property) in properties.enumerated() { index[ExactText(property.name)] = position }
        for name in names {
            if let position = index[ExactText(name)] {
                properties[position].isRequired = true
            } else {
                index[ExactText(name)] = properties.count
                properties.append(Property(name: name, node: regionNode(of: name), isRequired: true))
            }
        }
    }

    /// Sets the schema of the values of names that match, in addition to what they have.
    mutating func constrain(
        names: TextSet,
        to node: Int,
        in graph: inout SchemaGraph
    ) throws(GrammarError) {
        for index in properties.indices where names.contains(properties[index].name) {
            properties[index].node = try graph.all([properties[index].node, node])
        }
        let others = try names.complement(in: .everything, limits: graph.limits)
        var result: [Region] = []
        for region in regions {
            let inside = try region.names.intersection(names, limits: graph.limits)
            let outside = try region.names.intersection(others, limits: graph.limits)
            if !inside.isEmpty { result.append(Region(names: inside, node: try graph.all([region.node, node]))) }
            if !outside.isEmpty { result.append(Region(names: outside, node: region.node)) }
        }
        regions = result.filter { $0.node != SchemaGraph.never }
        try graph.check(alternatives: regions.count, at: "patternProperties")
    }

    /// The objects that have both shapes.
    func intersection(_ other: ObjectShape, in graph: inout SchemaGraph) throws(GrammarError) -> ObjectShape {
        var result = ObjectShape(properties: [], regions: [])
        let known = Dictionary(
            other.properties.map { (ExactText($0.name), $0) },
            uniquingKeysWith: { first, _ in first }
        )
        for property in properties {
            let twin = known[ExactText(property.name)]
            let node = try graph.all([property.node, twin?.node ?? other.regionNode(of: property.name)])
            let isRequired = property.isRequired || twin?.isRequired == true
            result.properties.append(Property(name: property.name, node: node, isRequired: isRequired))
        }
        let own = Set(properties.map { ExactText($0.name) })
        for property in other.properties where !own.contains(ExactText(property.name)) {
            let node = try graph.all([regionNode(of: property.name), property.node])
            result.properties.append(Property(name: property.name, node: node, isRequired: property.isRequired))
        }
        for left in regions {
            for right in other.regions {
                let names = try left.names.intersection(right.names, limits: graph.limits)
                if names.isEmpty { continue }
                let node = try graph.all([left.node, right.node])
                if node != SchemaGraph.never { result.regions.append(Region(names: names, node: node)) }
            }
        }
        try graph.check(alternatives: result.regions.count, at: "patternProperties")
        result.needs = needs
        for need in other.needs where !needs.contains(need) { result.needs.append(need) }
        result.minimum = max(minimum, other.minimum)
        result.maximum = [maximum, other.maximum].compactMap(\.self).min()
        return result
    }

    /// The objects that do not have the shape.
    func complement(in graph: inout SchemaGraph) throws(GrammarError) -> [ObjectShape] {
        if !needs.isEmpty { throw .unsupported("a `not` within a `not` over objects", at: "not") }
        var result: [ObjectShape] = []
        for property in properties {
            if property.isRequired {
                result.append(ObjectShape(properties: [Property(name: property.name, node: SchemaGraph.never)]))
            }
            if property.node != SchemaGraph.any {
                let opposite = Property(name: property.name, node: try graph.not(property.node), isRequired: true)
                result.append(ObjectShape(properties: [opposite]))
            }
        }
        let named = TextSet(try TextAutomaton.literals(properties.map(\.name), limits: graph.limits))
        var uncovered = try named.complement(in: .everything, limits: graph.limits)
        for region in regions {
            let names = try region.names.intersection(uncovered, limits: graph.limits)
            let outside = try region.names.complement(in: .everything, limits: graph.limits)
            uncovered = try uncovered.intersection(outside, limits: graph.limits)
            if region.node == SchemaGraph.any || names.isEmpty { continue }
            result.append(ObjectShape(needs: [Region(names: names, node: try graph.not(region.node))]))
        }
        if !uncovered.isEmpty {
            result.append(ObjectShape(needs: [Region(names: uncovered, node: SchemaGraph.any)]))
        }
        if minimum > 0 { result.append(ObjectShape(maximum: minimum - 1)) }
        if let maximum { result.append(ObjectShape(minimum: maximum + 1)) }
        return result
    }

    /// Shapes that have the same objects and whose needs are met by members without a property's name.
    func resolvingNeeds(in graph: inout SchemaGraph) throws(GrammarError) -> [ObjectShape] {
        var pending = [self]
        var result: [ObjectShape] = []
        while var shape = pending.popLast() {
            guard
                let need = shape.needs.firstIndex(where: { need in
                    shape.properties.contains { need.names.contains($0.name) }
                })
            else {
                result.append(shape)
                continue
            }
            // a property meets the need, or a member of another name does
            let removed = shape.needs.remove(at: need)
            for (index, property) in shape.properties.enumerated() where removed.names.contains(property.name) {
                var met = shape
                met.properties[index].node = try graph.all([property.node, removed.node])
                met.properties[index].isRequired = true
                if !met.isEmpty { pending.append(met) }
            }
            let named = TextSet(try TextAutomaton.literals(shape.properties.map(\.name), limits: graph.limits))
            let others = try named.complement(in: .everything, limits: graph.limits)
            let names = try removed.names.intersection(others, limits: graph.limits)
            shape.needs.append(Region(names: names, node: removed.node))
            if !shape.isEmpty { pending.append(shape) }
            try graph.check(alternatives: pending.count + result.count, at: "not")
        }
        return result
    }
}

/// A text that equals another only scalar by scalar: canonically equivalent names are different members.
struct ExactText: Sendable, Hashable {
    private let scalars: [UInt32]

    init(_ text: String) { scalars = text.unicodeScalars.map(\.value) }
}
