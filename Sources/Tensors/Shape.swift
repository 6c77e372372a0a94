/// The dimensions of a tensor, outermost first; at most four.
///
/// Costs no allocation.
package struct Shape: Sendable, Hashable, CustomStringConvertible, ExpressibleByArrayLiteral {
    /// The greatest number of dimensions.
    package static let maximumRank = 4

    private var dimensions: InlineArray<4, Int> = [1, 1, 1, 1]
    /// The number of dimensions.
    package let rank: Int

    /// A shape of up to four dimensions.
    ///
    /// - Precondition: `dimensions` has at most four elements, none negative.
    package init(_ dimensions: [Int]) {
        precondition(dimensions.count <= Self.maximumRank, "a shape of \(dimensions.count) dimensions")
        rank = dimensions.count
        for (axis, dimension) in dimensions.enumerated() {
            precondition(dimension >= 0, "negative dimension \(dimension)")
            self.dimensions[axis] = dimension
        }
    }

    /// A matrix.
    package init(_ rows: Int, _ columns: Int) {
        precondition(rows >= 0 && columns >= 0, "negative dimension in [\(rows), \(columns)]")
        rank = 2
        dimensions[0] = rows
        dimensions[1] = columns
    }

    /// A shape of up to four dimensions.
    package init(arrayLiteral elements: Int...) { self.init(elements) }

    /// The size of one dimension.
    package subscript(axis: Int) -> Int {
        precondition(axis >= 0 && axis < rank, "axis \(axis) of a shape of rank \(rank)")
        return dimensions[axis]
    }

    /// The number of elements.
    package var elementCount: Int { dimensions[0] * dimensions[1] * dimensions[2] * dimensions[3] }

    /// This shape with another first dimension.
    ///
    /// - Precondition: there is a first dimension, and `count` is not negative.
    package func replacingFirst(by count: Int) -> Shape {
        precondition(rank > 0 && count >= 0, "a first dimension of \(count) for rank \(rank)")
        var shape = self
        shape.dimensions[0] = count
        return shape
    }

    /// The dimensions as an array; allocates.
    package var array: [Int] { (0..<rank).map { dimensions[$0] } }

    /// The dimensions in brackets.
    package var description: String { "\(array)" }

    /// Whether rank and dimensions are equal.
    package static func == (left: Shape, right: Shape) -> Bool {
        guard left.rank == right.rank else { return false }
        for axis in 0..<4 where left.dimensions[axis] != right.dimensions[axis] { return false }
        return true
    }

    /// Hashes rank and dimensions.
    package func hash(into hasher: inout Hasher) {
        hasher.combine(rank)
        for axis in 0..<4 { hasher.combine(dimensions[axis]) }
    }
}
