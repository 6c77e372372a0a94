import CMartletKernels
package import MartletTensors

extension CPUBackend {
    package func layerNorm(_ input: Tensor, norm: LayerNormParameters, into output: Tensor) {
        let elements = input.rowElementCount
        input.requireFloat32("the input of layerNorm")
        output.requireFloat32("the output of layerNorm")
        norm.weight?.requireFloat32("the weight of layerNorm")
        norm.bias?.requireFloat32("the bias of layerNorm")
        let count = norm.weight?.shape.elementCount ?? norm.bias?.shape.elementCount ?? norm.width
        precondition(
            elements % count == 0 && output.rowElementCount == elements && output.shape[0] >= input.shape[0],
            "layerNorm of \(input.shape) by groups of \(norm.width) into \(output.shape)"
        )
        var shape = unsafe ck_layer_norm()
        if let weight = norm.weight { unsafe shape.weight = UnsafePointer(weight.floats(row: 0)) }
        if let bias = norm.bias { unsafe shape.bias = UnsafePointer(bias.floats(row: 0)) }
        unsafe shape.width = norm.width
        unsafe shape.period = count / norm.width
        unsafe shape.epsilon = norm.epsilon
        forRows(input.shape[0], elements: elements) { rows in
            var shape = unsafe shape
            for row in rows {
                unsafe kernels.pointee.layer_norm(
                    output.floats(row: row),
                    input.floats(row: row),
                    &shape,
                    elements / norm.width
                )
            }
        }
    }

    package func activate(_ input: Tensor, _ activation: Activation, into output: Tensor) {
        let width = input.rowElementCount
        input.requireFloat32("the input of activate")
        output.requireFloat32("the output of activate")
        precondition(
            output.rowElementCount == width && output.shape[0] >= input.shape[0],
            "activate \(input.shape) into \(output.shape)"
        )
        let kind = activation.kernelKind
        forRows(input.shape[0], elements: width) { rows in
            for row in rows {
                unsafe kernels.pointee.activate(output.floats(row: row), input.floats(row: row), width, kind)
            }
        }
    }

    package func gate(_ gateUp: Tensor, _ gate: Gate, into output: Tensor) {
        let width = output.rowElementCount
        gateUp.requireFloat32("the input of gate")
        output.requireFloat32("the output of gate")
        precondition(
            gateUp.rowElementCount == 2 * width && output.shape[0] >= gateUp.shape[0],
            "gate \(gateUp.shape) into \(output.shape)"
        )
        forRows(gateUp.shape[0], elements: 2 * width) { rows in
            for row in rows {
                let (out, first) = unsafe (output.floats(row: row), gateUp.floats(row: row))
                switch gate {
                case .activation(let activation):
                    unsafe kernels.pointee.gate(out, first, first + width, width, activation.kernelKind)
                case .clamped(let factor, let limit):
                    unsafe kernels.pointee.gate_clamped(out, first, first + width, width, factor, limit)
                }
            }
        }
    }

    package func scale(_ target: Tensor, by factor: Float) {
        unsafe forFloats(of: target) { unsafe kernels.pointee.scale($0, factor, $1) }
    }

    package func clamp(_ target: Tensor, to limit: Float) {
        unsafe forFloats(of: target) { unsafe kernels.pointee.clamp($0, limit, $1) }
    }

    package func softCap(_ target: Tensor, to cap: Float) {
        unsafe forFloats(of: target) { unsafe kernels.pointee.soft_cap($0, cap, $1) }
    }

    package func addWeightedRows(_ input: Tensor, rows: Tensor, weights: Tensor, into output: Tensor) {
        let (tokens, count, width) = (output.shape[0], rows.rowElementCount, output.rowElementCount)
        input.requireFloat32("the input of addWeightedRows")
        output.requireFloat32("the output of addWeightedRows")
        weights.requireFloat32("the weights of addWeightedRows")
        precondition(
            rows.dtype == .int32 && rows.shape[0] >= tokens && weights.shape[0] >= tokens
                && weights.rowElementCount == count && input.rowElementCount == width,
            "sums of \(count) rows of \(input.shape) into \(output.shape)"
        )
        forRows(tokens, elements: count * width) { range in
            for token in range {
                let target = unsafe output.floats(row: token)
                let indices = unsafe rows.rowAddress(token).assumingMemoryBound(to: Int32.self)
                let factors = unsafe weights.floats(row: token)
                unsafe target.update(repeating: 0, count: width)
                for place in 0..<count {
                    let row = Int(unsafe indices[place])
                    precondition(row >= 0 && row < input.shape[0], "row \(row) of \(input.shape)")
                    unsafe kernels.pointee.add_multiple(target, input.floats(row: row), factors[place], width)
                }
            }
        }
    }

    @unsafe
    private func forFloats(of target: Tensor, _ body: (_ row: UnsafeMutablePointer<Float>, _ count: Int) -> Void) {
        target.requireFloat32("the target")
        forRows(target.shape[0], elements: target.rowElementCount) { rows in
            for row in rows { unsafe body(target.floats(row: row), target.rowElementCount) }
        }
    }
}

extension Activation {
    /// The kernels' name of a function.
    fileprivate var kernelKind: ck_activation {
        switch self {
        case .silu: CK_SILU
        case .gelu: CK_GELU
        case .geluTanh: CK_GELU_TANH
        case .quickGelu: CK_QUICK_GELU
        case .relu: CK_RELU
        case .reluSquared: CK_RELU_SQUARED
        }
    }
}
