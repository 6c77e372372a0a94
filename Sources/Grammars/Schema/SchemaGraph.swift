import MartletJSON

/// The schemas of one document and what combinators make of them, as numbered nodes.
///
/// A node's values are worked out when they are asked for, one level at a time: what arrays and objects hold are nodes
/// again. As equal combinations are one node, recursive schemas stay finite.
struct SchemaGraph {
    /// What a node stands for.
    enum Node: Hashable {
        /// A schema of the document, by its number.
        case schema(Int)
        /// One value.
        case constant(JSONValue)
        /// The values of all of these nodes, in the order of the document.
        case all([Int])
        /// The values that are not the node's.
        case not(Int)
    }

    /// A schema and where it stands.
    struct Source {
        /// The schema.
        let value: JSONValue
        /// Its JSON pointer.
        let pointer: String
    }

    /// The node of every value.
    static let any = 0
    /// The node of no value.
    static let never = 1

    let root: JSONValue
    let options: JSONGrammarOptions
    let limits: GrammarLimits
    private(set) var nodes: [Node] = [.all([]), .not(0)]
    private var nodeIndex: [Node: Int] = [.all([]): 0, .not(0): 1]
    private(set) var sources: [Source] = []
    private var sourceIndex: [String: Int] = [:]
    private var expansions: [Int: ValueSet] = [any: .everything, never: ValueSet()]
    private var isExpanding: Set<Int> = []
    /// Where anchors stand, once they were looked for.
    var anchors: [String: String]?

    /// The graph of a document.
    init(root: JSONValue, options: JSONGrammarOptions, limits: GrammarLimits) {
        self.root = root
        self.options = options
        self.limits = limits
    }

    // MARK: - Nodes

    /// The node of a schema of the document.
    mutating func schema(_ value: JSONValue, at pointer: String) throws(GrammarError) -> Int {
        if value == .bool(true) || value.object?.isEmpty == true { return Self.any }
        if value == .bool(false) { return Self.never }
        if let known = sourceIndex[pointer] { return try intern(.schema(known)) }
        guard value.object != nil else {
            throw .invalid("a schema must be an object or a boolean, not \(value.kind)", at: pointer)
        }
        sourceIndex[pointer] = sources.count
        sources.append(Source(value: value, pointer: pointer))
        return try intern(.schema(sources.count - 1))
    }

    /// The node of one value.
    mutating func constant(_ value: JSONValue) throws(GrammarError) -> Int { try intern(.constant(value)) }

    /// The node of the values that all of these have.
    mutating func all(_ parts: [Int]) throws(GrammarError) -> Int {
        var members: Set<Int> = []
        for part in parts where part != Self.any {
            if part == Self.never { return Self.never }
            if case .all(let inner) = nodes[part] { members.formUnion(inner) } else { members.insert(part) }
        }
        for member in members {
            if case .not(let opposite) = nodes[member], members.contains(opposite) { return Self.never }
        }
        if members.count == 1, let only = members.first { return only }
        return try intern(.all(members.sorted { order($0) < order($1) }))
    }

    /// A node's place among others: that of what it is made of, so that members keep the document's order.
    private func order(_ node: Int) -> (Int, Int) {
        if case .not(let opposite) = nodes[node] { (opposite, node) } else { (node, node) }
    }

    /// The node of the values that this one does not have.
    mutating func not(_ node: Int) throws(GrammarError) -> Int {
        if case .not(let opposite) = nodes[node] { return opposite }
        return try intern(.not(node))
    }

    private mutating func intern(_ node: Node) throws(GrammarError) -> Int {
        if let known = nodeIndex[node] { return known }
        guard nodes.count < limits.schemas else {
            throw .tooLarge("the number of combined schemas", limit: limits.schemas, at: "#")
        }
        nodeIndex[node] = nodes.count
        nodes.append(node)
        return nodes.count - 1
    }

    /// Throws when one kind of value has too many alternatives, or the task is cancelled.
    func check(alternatives: Int, at place: String) throws(GrammarError) {
        try GrammarError.checkCancellation()
        if alternatives > limits.alternatives {
            throw .tooLarge("the number of alternatives", limit: limits.alternatives, at: place)
        }
    }

    // MARK: - Values

    /// The values of a node.
    mutating func values(of node: Int) throws(GrammarError) -> ValueSet {
        if let known = expansions[node] { return known }
        try GrammarError.checkCancellation()
        guard isExpanding.count < limits.nesting else {
            throw .tooLarge("the nesting of combinators and references", limit: limits.nesting, at: place(of: node))
        }
        guard isExpanding.insert(node).inserted else {
            throw .invalid("a schema refers to itself for the same value", at: place(of: node))
        }
        defer { isExpanding.remove(node) }
        let result: ValueSet
        switch nodes[node] {
        case .schema(let index): result = try values(ofSchema: sources[index])
        case .constant(let value): result = try values(ofConstant: value, at: place(of: node))
        case .all(let parts): result = try intersection(of: parts)
        case .not(let opposite):
            var opposite = try values(of: opposite)
            opposite = try opposite.complement(in: &self)
            result = opposite
        }
        expansions[node] = result
        return result
    }

    private mutating func intersection(of parts: [Int]) throws(GrammarError) -> ValueSet {
        var result = ValueSet.everything
        for part in parts {
            let values = try values(of: part)
            result = try result.intersection(values, in: &self)
        }
        return result
    }

    /// Where the first schema that a node is made of stands.
    func place(of node: Int) -> String {
        var node = node
        while true {
            switch nodes[node] {
            case .schema(let index): return sources[index].pointer
            case .constant: return "const"
            case .all(let parts):
                guard let first = parts.first else { return "#" }
                node = first
            case .not(let opposite): node = opposite
            }
        }
    }

    /// Whether it is certain, looking a few levels deep, that a set holds no value.
    mutating func isCertainlyEmpty(_ values: ValueSet, depth: Int = 6) throws(GrammarError) -> Bool {
        guard
            !values.hasNull, !values.hasTrue, !values.hasFalse, values.numbers.isEmpty, values.strings.isEmpty,
            depth > 0
        else { return false }
        for shape in values.arrays {
            var isEmpty = false
            for position in 0..<min(shape.minimum, shape.prefix.count + 1) where !isEmpty {
                isEmpty = try isCertainlyEmpty(node: shape.node(at: position), depth: depth - 1)
            }
            if !isEmpty { return false }
        }
        for shape in values.objects {
            var isEmpty = false
            for property in shape.properties where property.isRequired && !isEmpty {
                isEmpty = try isCertainlyEmpty(node: property.node, depth: depth - 1)
            }
            if !isEmpty { return false }
        }
        return true
    }

    private mutating func isCertainlyEmpty(node: Int, depth: Int) throws(GrammarError) -> Bool {
        if isExpanding.contains(node) { return false }
        let values = try values(of: node)
        return try isCertainlyEmpty(values, depth: depth)
    }
}
