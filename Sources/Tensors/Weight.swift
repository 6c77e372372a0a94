/// A weight matrix `[outputs, inputs]`, or several of one input width stacked on top of each other.
///
/// Stacking is how fused projections (query, key, value; gate, up) are written without copying: the parts stay where
/// the checkpoint maps them and the product's columns follow each other in the order of the parts.
package struct Weight: Sendable {
    /// One matrix `[outputs, inputs]` with the bias `[outputs]` that belongs to it.
    package struct Part: Sendable {
        /// How the elements are stored.
        package let format: WeightFormat
        /// The elements: for plain formats a matrix `[outputs, inputs]` of the format's type, for packed ones
        /// `[groups, bytes of a group]` as `PackedLayout` says, for blocks `[outputs, bytes of a row]`.
        package let tensor: Tensor
        /// Added to the product, float32 beside a packed matrix; `nil` for none.
        package let bias: Tensor?
        /// The number of rows.
        package let outputCount: Int
        /// What all scales of a packed matrix are multiplied with, a power of two; 1 for plain ones.
        package let factor: Float
        /// The place among the inputs of each of the matrix's columns, int32; `nil` where columns are in their order.
        package let inputOrder: Tensor?

        /// A plain matrix with its bias.
        ///
        /// - Precondition: the elements are of a plain type.
        package init(tensor: Tensor, bias: Tensor? = nil) {
            guard let format = WeightFormat(dtype: tensor.dtype) else {
                preconditionFailure("a plain matrix of \(tensor.dtype.name)")
            }
            self.format = format
            self.tensor = tensor
            inputOrder = nil
            self.bias = bias
            outputCount = tensor.shape[0]
            factor = 1
        }

        /// A matrix of rows of blocks with its bias.
        ///
        /// - Parameters:
        ///   - tensor: `[outputs, bytes of a row]`, uint8.
        ///   - format: what the blocks are.
        ///   - inputOrder: the place among the inputs of each column, where columns are in another order.
        ///   - bias: as for plain matrices.
        package init(blocks tensor: Tensor, format: BlockFormat, inputOrder: Tensor? = nil, bias: Tensor? = nil) {
            self.format = WeightFormat(format)
            self.tensor = tensor
            self.inputOrder = inputOrder
            self.bias = bias
            outputCount = tensor.shape[0]
            factor = 1
        }

        /// This matrix for inputs that are already in the order of its columns.
        package var inInputOrder: Part { Part(self, inputOrder: nil) }

        /// Some rows of a matrix that is not packed, with their biases.
        package func rows(_ range: Range<Int>) -> Part {
            precondition(!format.isPacked, "rows of a packed matrix")
            return Part(self, rows: range, inputOrder: inputOrder)
        }

        private init(_ part: Part, rows: Range<Int>? = nil, inputOrder: Tensor?) {
            format = part.format
            tensor = rows.map(part.tensor.rows) ?? part.tensor
            bias = rows.map { range in part.bias?.rows(range) } ?? part.bias
            outputCount = rows?.count ?? part.outputCount
            factor = part.factor
            self.inputOrder = inputOrder
        }

        /// A packed matrix with its bias.
        package init(
            packed tensor: Tensor,
            format: WeightFormat,
            outputCount: Int,
            factor: Float = 1,
            inputOrder: Tensor? = nil,
            bias: Tensor? = nil
        ) {
            self.format = format
            self.tensor = tensor
            self.inputOrder = inputOrder
            self.bias = bias
            self.outputCount = outputCount
            self.factor = factor
        }
    }

    /// How the elements of the first part are stored; of all, where `isUniform`.
    package let format: WeightFormat
    /// Whether all parts take their inputs alike: one plain format, or packed ones or blocks of any kind in the inputs' order.
    package let isUniform: Bool
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
        }
        self.init(format: format, parts: parts, inputCount: first.shape[1])
    }

    /// Stacks packed matrices of one format.
    ///
    /// - Precondition: every part has the size that the format gives a matrix of its rows, and biases fit.
    package init(packed format: WeightFormat, parts: [Part], inputCount: Int) {
        let layout = PackedLayout(format, inputCount: inputCount)
        for part in parts {
            precondition(
                part.tensor.dtype == .uint8 && part.tensor.isContiguous
                    && part.tensor.shape == Shape(layout.groupCount(outputs: part.outputCount), layout.groupByteCount),
                "\(part.tensor.shape) bytes for \(part.outputCount) rows of \(inputCount) in \(format.name)"
            )
            precondition(part.bias.map { $0.dtype == .float32 } ?? true, "bias of another type than float32")
        }
        self.init(format: format, parts: parts, inputCount: inputCount)
    }

    /// Stacks matrices of any formats.
    ///
    /// - Precondition: there is a part, all have the size that their format gives a matrix of that input width, and
    ///   biases fit.
    package init(stacking parts: [Part], inputCount: Int) {
        guard let first = parts.first else { preconditionFailure("a weight needs a part") }
        for part in parts {
            let size = part.format.byteCount(outputs: part.outputCount, inputs: inputCount)
            precondition(
                part.tensor.shape.elementCount * part.tensor.dtype.byteCount == size,
                "\(part.tensor.shape) for \(part.outputCount) rows of \(inputCount) in \(part.format.name)"
            )
            let columns = part.inputOrder?.shape.elementCount ?? inputCount
            precondition(columns == inputCount, "an order of \(columns) inputs of \(inputCount)")
        }
        self.init(format: first.format, parts: parts, inputCount: inputCount)
    }

    private init(format: WeightFormat, parts: [Part], inputCount: Int) {
        isUniform = parts.allSatisfy { part in
            let areBlocks = part.format.block != nil && format.block != nil
            let isAlike = part.format == format || areBlocks || part.format.takesPackedInputs(inputCount, as: format)
            return isAlike && part.inputOrder == nil
        }
        for part in parts {
            precondition(part.bias.map { $0.shape.elementCount == part.outputCount } ?? true, "bias of another width")
        }
        self.format = format
        self.parts = parts
        self.inputCount = inputCount
        outputCount = parts.reduce(0) { $0 + $1.outputCount }
    }

    /// The size of the matrices in memory, biases aside.
    package var byteCount: Int {
        parts.reduce(0) { $0 + $1.format.byteCount(outputs: $1.outputCount, inputs: inputCount) }
    }
}

extension WeightFormat {
    /// Whether rows of both formats take the same rounded inputs: as many blocks.
    fileprivate func takesPackedInputs(_ inputCount: Int, as other: WeightFormat) -> Bool {
        guard isPacked, other.isPacked else { return false }
        return PackedLayout(self, inputCount: inputCount).blockCount
            == PackedLayout(other, inputCount: inputCount).blockCount
    }
}
