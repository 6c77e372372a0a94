import CMartletKernels
package import MartletTensors

extension CPUBackend {
    package func embed(_ ids: Tensor, table: Tensor, into output: Tensor) {
        let tokens = ids.shape[0]
        let width = table.rowElementCount
        output.requireFloat32("the output of embed")
        precondition(output.rowElementCount == width && output.shape[0] >= tokens, "embed into \(output.shape)")
        let indices = unsafe ids.hostPointer(as: Int32.self)
        let format = table.dtype.kernelFormat
        forRows(tokens, elements: width) { rows in
            for row in rows {
                let id = Int(unsafe indices[row])
                precondition(id >= 0 && id < table.shape[0], "token \(id) of a vocabulary of \(table.shape[0])")
                unsafe kernels.pointee.widen(output.floats(row: row), table.rowAddress(id), format, width)
            }
        }
    }

    package func rmsNorm(_ input: Tensor, weight: Tensor, epsilon: Float, into output: Tensor) {
        let width = weight.shape.elementCount
        let elements = input.rowElementCount
        input.requireFloat32("the input of rmsNorm")
        output.requireFloat32("the output of rmsNorm")
        precondition(
            width > 0 && elements % width == 0 && output.rowElementCount == elements
                && output.shape[0] >= input.shape[0],
            "rmsNorm of \(input.shape) by groups of \(width) into \(output.shape)"
        )
        let norm = unsafe ck_norm(
            weight: weight.rowAddress(0),
            format: weight.dtype.kernelFormat,
            width: width,
            epsilon: epsilon
        )
        forRows(input.shape[0], elements: elements) { rows in
            var norm = unsafe norm
            for row in rows {
                unsafe kernels.pointee.rms_norm(
                    output.floats(row: row),
                    input.floats(row: row),
                    &norm,
                    elements / width
                )
            }
        }
    }

    package func add(_ addend: Tensor, to target: Tensor) {
        let elements = target.rowElementCount
        addend.requireFloat32("the addend")
        target.requireFloat32("the target of add")
        precondition(
            addend.rowElementCount == elements && addend.shape[0] == target.shape[0],
            "add \(addend.shape) to \(target.shape)"
        )
        forRows(target.shape[0], elements: elements) { rows in
            for row in rows {
                unsafe kernels.pointee.add(target.floats(row: row), addend.floats(row: row), elements)
            }
        }
    }

    package func applyRotaryEmbedding(
        _ heads: Tensor,
        positions: Tensor,
        table: Tensor,
        headDimension: Int,
        pairs: RotaryPairs
    ) {
        let rotaryDimension = table.shape[1]
        heads.requireFloat32("the heads")
        table.requireFloat32("the rotary table")
        precondition(
            headDimension > 0 && heads.rowElementCount % headDimension == 0 && rotaryDimension % 2 == 0
                && rotaryDimension <= headDimension && positions.shape[0] >= heads.shape[0],
            "rotation of \(heads.shape) by \(rotaryDimension) of \(headDimension)"
        )
        let places = unsafe positions.hostPointer(as: Int32.self)
        let headCount = heads.rowElementCount / headDimension
        let rotate = unsafe pairs == .halves ? kernels.pointee.rotary : kernels.pointee.rotary_interleaved
        forRows(heads.shape[0], elements: heads.rowElementCount) { rows in
            for row in rows {
                let position = Int(unsafe places[row])
                precondition(
                    position >= 0 && position < table.shape[0],
                    "position \(position) of \(table.shape[0])"
                )
                unsafe rotate?(
                    heads.floats(row: row),
                    table.floats(row: position),
                    rotaryDimension,
                    headDimension,
                    headCount
                )
            }
        }
    }

    package func gatherRows(_ input: Tensor, rows: Tensor, into output: Tensor) {
        let count = rows.shape[0]
        precondition(
            output.rowElementCount == input.rowElementCount && output.dtype == input.dtype && output.shape[0] >= count,
            "gather \(count) rows of \(input.shape) into \(output.shape)"
        )
        let byteCount = input.rowElementCount * input.dtype.byteCount
        let indices = unsafe rows.hostPointer(as: Int32.self)
        for row in 0..<count {
            let index = Int(unsafe indices[row])
            precondition(index >= 0 && index < input.shape[0], "row \(index) of \(input.shape)")
            unsafe output.rowAddress(row).copyMemory(from: input.rowAddress(index), byteCount: byteCount)
        }
    }
}
