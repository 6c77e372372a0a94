import MartletTensors

extension WeightSource {
    /// The experts of a layer.
    ///
    /// - Parameters:
    ///   - mixture: what they are.
    ///   - configuration: the model's.
    ///   - layer: what stands before the names.
    /// - Returns: the experts.
    /// - Throws: `ModelError` that names a tensor.
    mutating func mixtureOfExperts(
        _ mixture: MixtureConfiguration,
        _ configuration: DecoderConfiguration,
        layer: String
    ) throws(ModelError) -> MixtureOfExperts {
        let hidden = configuration.hiddenSize
        let count = mixture.routing.expertCount
        let names = mixture.names
        let routerBias = try names.routerBias.map { (name) throws(ModelError) in try vector(layer + name, count) }
        // the choice of experts is sensitive: the router stays as it is stored
        let router = Weight.Part(tensor: try matrix(layer + names.router + ".weight", count, hidden), bias: routerBias)
        var correction: [Float]?
        if let name = names.correctionBias { correction = try vector(layer + name, count).floats }
        var shared: MixtureOfExperts.Shared?
        if let description = mixture.shared {
            let gate = try description.gate.map { (name) throws(ModelError) in
                Linear(weight: Weight([Weight.Part(tensor: try matrix(layer + name + ".weight", 1, hidden))]))
            }
            let mlp = try mlp(
                description.mlp,
                layer: layer,
                width: description.intermediateSize,
                gate: .activation(configuration.activation),
                configuration
            )
            shared = MixtureOfExperts.Shared(mlp: mlp, gate: gate)
        }
        return MixtureOfExperts(
            router: Linear(weight: Weight([router])),
            routing: mixture.routing,
            correctionBias: correction,
            experts: try experts(mixture, hidden: hidden, layer: layer),
            gate: mixture.gate,
            shared: shared
        )
    }

    private mutating func experts(
        _ mixture: MixtureConfiguration,
        hidden: Int,
        layer: String
    ) throws(ModelError) -> [MixtureOfExperts.Expert] {
        let (count, width) = (mixture.routing.expertCount, mixture.intermediateSize)
        // a GGUF file has matrices for each expert, whatever an architecture's folders have
        let ofGGUF = MixtureNames.Experts.separate(
            list: "mlp.experts",
            gate: "gate_proj",
            up: "up_proj",
            down: "down_proj"
        )
        switch contains(layer + "mlp.experts.0.gate_proj.weight") ? ofGGUF : mixture.names.experts {
        case .separate(let list, let gate, let up, let down):
            var experts: [MixtureOfExperts.Expert] = []
            for index in 0..<count {
                let name = "\(layer)\(list).\(index)."
                let hasBias = mixture.hasBias
                experts.append(
                    MixtureOfExperts.Expert(
                        gateUp: try linear(
                            [(name + gate, width), (name + up, width)],
                            inputs: hidden,
                            hasBias: hasBias
                        ),
                        down: try linear([(name + down, hidden)], inputs: width, hasBias: hasBias)
                    )
                )
            }
            return experts
        case .stacked(let gateUpName, let downName):
            if let gateUp = try stored(layer + gateUpName, outputs: count * 2 * width, inputs: hidden),
                let down = try stored(layer + downName, outputs: count * hidden, inputs: width)
            {
                return try experts(mixture, hidden: hidden, layer: layer, names: (gateUpName, downName)) { index in
                    (
                        gateUp.rows(index * 2 * width..<(index + 1) * 2 * width),
                        down.rows(index * hidden..<(index + 1) * hidden)
                    )
                }
            }
            let gateUp = try plain(layer + gateUpName, [count, 2 * width, hidden])
            let down = try plain(layer + downName, [count, hidden, width])
            return try experts(mixture, hidden: hidden, layer: layer, names: (gateUpName, downName)) { index in
                (Weight.Part(tensor: gateUp.matrix(index)), Weight.Part(tensor: down.matrix(index)))
            }
        case .interleaved(let gateUpName, let downName):
            return try interleavedExperts(mixture, hidden: hidden, layer: layer, names: (gateUpName, downName))
        }
    }

    /// Stacked experts with biases, the rows of gate and up in turns.
    private mutating func interleavedExperts(
        _ mixture: MixtureConfiguration,
        hidden: Int,
        layer: String,
        names: (gateUp: String, down: String)
    ) throws(ModelError) -> [MixtureOfExperts.Expert] {
        let (count, width) = (mixture.routing.expertCount, mixture.intermediateSize)
        let gateUpBias = try plain(layer + names.gateUp + "_bias", Shape(count, 2 * width)).widened
        let downBias = try plain(layer + names.down + "_bias", Shape(count, hidden)).widened
        func biases(_ index: Int) -> (gateUp: Tensor, down: Tensor) {
            let rows = index..<index + 1
            return (gateUpBias.rows(rows).vector.separated, downBias.rows(rows).vector)
        }
        // quantized matrices are stored as [outputs, inputs]
        if let gateUp = try stored(layer + names.gateUp, outputs: count * 2 * width, inputs: hidden),
            let down = try stored(layer + names.down, outputs: count * hidden, inputs: width)
        {
            return try experts(mixture, hidden: hidden, layer: layer, names: names) { index in
                let bias = biases(index)
                return (
                    gateUp.rows(index * 2 * width..<(index + 1) * 2 * width).separated(bias: bias.gateUp),
                    down.rows(index * hidden..<(index + 1) * hidden).with(bias: bias.down)
                )
            }
        }
        let gateUp = try plain(layer + names.gateUp, [count, hidden, 2 * width])
        let down = try plain(layer + names.down, [count, width, hidden])
        return try experts(mixture, hidden: hidden, layer: layer, names: names) { index in
            let bias = biases(index)
            return (
                Weight.Part(tensor: gateUp.matrix(index).transposed).separated(bias: bias.gateUp),
                Weight.Part(tensor: down.matrix(index).transposed, bias: bias.down)
            )
        }
    }

    private mutating func experts(
        _ mixture: MixtureConfiguration,
        hidden: Int,
        layer: String,
        names: (gateUp: String, down: String),
        _ parts: (Int) -> (gateUp: Weight.Part, down: Weight.Part)
    ) throws(ModelError) -> [MixtureOfExperts.Expert] {
        var experts: [MixtureOfExperts.Expert] = []
        for index in 0..<mixture.routing.expertCount {
            let (gateUp, down) = parts(index)
            experts.append(
                MixtureOfExperts.Expert(
                    gateUp: try linear([gateUp], inputs: hidden, labels: ["\(index)"], of: layer + names.gateUp),
                    down: try linear(
                        [down],
                        inputs: mixture.intermediateSize,
                        labels: ["\(index)"],
                        of: layer + names.down
                    )
                )
            )
        }
        return experts
    }
}

extension Weight.Part {
    /// This matrix, plain or of blocks, with another bias.
    fileprivate func with(bias: Tensor) -> Weight.Part { replacing(tensor, bias: bias) }

    /// A copy with the even rows above the odd ones.
    fileprivate func separated(bias: Tensor) -> Weight.Part { replacing(tensor.separatedRows, bias: bias) }

    private func replacing(_ tensor: Tensor, bias: Tensor) -> Weight.Part {
        guard let block = format.block else { return Weight.Part(tensor: tensor, bias: bias) }
        return Weight.Part(blocks: tensor, format: block, inputOrder: inputOrder, bias: bias)
    }
}
