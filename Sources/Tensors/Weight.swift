/// A weight matrix `[outputs, inputs]`, or several of one input width stacked on top of each other.
///
/// Stacking is how fused projections (query, key, value; gate, up) are written without copying: the parts stay where
/// the checkpoint maps them and the product's columns follow each other in the order of the parts.
package struct Weight: Sendable {
    /// One matrix `[outputs, inputs]` of the checkpoint, with the bias `[outputs]` that belongs to it.
    package struct Part: Sendable {
        /// The elements; for plain formats a matrix `[outputs, inputs]` of the format's type.
        package let tensor: Tensor
        /// Added to the product; `nil` for none.
        package let bias: Tensor?

        /// A matrix with its bias.
        package init(tensor: Tensor, bias: Tensor? = nil) {
            self.tensor = tensor
            self.bias = bias
        }
    }

    /// How the elements are stored.
    package let format: WeightFormat
    /// The stacked matrices.
    package let parts: [Part]
    /// The width of the input.
    package let inputCount: Int
    /// The width of the product: the parts' rows together.
    package let outputCount: Int

    /// Stacks plain matrices.
    ///
    /// - Precondition: there is a part, all are matrices of one plain type and one input width, biases fit.
    package init(_ parts: [Part]) {
        guard let first = parts.first?.tensor, let format = WeightFormat(dtype: first.dtype) else {
            preconditionFailure("a weight needs a matrix of a plain type")
        }
        for part in parts {
            precondition(part.tensor.shape.rank == 2, "a weight part of shape \(part.tensor.shape)")
            precondition(part.tensor.dtype == first.dtype, "weight parts of different types")
            precondition(part.tensor.shape[1] == first.shape[1], "weight parts of different input widths")
            precondition(
                part.bias.map { $0.shape.elementCount == part.tensor.shape[0] } ?? true,
                "bias of another width"
            )
        }
        self.format = format
        self.parts = parts
        inputCount = first.shape[1]
        outputCount = parts.reduce(0) { $0 + $1.tensor.shape[0] }
    }
}
