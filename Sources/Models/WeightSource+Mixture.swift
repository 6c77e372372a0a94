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
        switch mixture.names.experts {
        case .separate(let list, let gate, let up, let down):
            var experts: [MixtureOfExperts.Expert] = []
            for index in 0..<count {
                let name = "\(layer)\(list).\(index)."
                experts.append(
                    MixtureOfExperts.Expert(
                        gateUp: try linear([(name + gate, width), (name + up, width)], inputs: hidden),
                        down: try linear([(name + down, hidden)], inputs: width)
                    )
                )
            }
            return experts
        case .stacked(let gateUpName, let downName):
            let gateUp = try plain(layer + gateUpName, [count, 2 * width, hidden])
            let down = try plain(layer + downName, [count, hidden, width])
            return try experts(mixture, layer: layer, names: (gateUpName, downName)) { index in
                (Weight.Part(tensor: gateUp.matrix(index)), Weight.Part(tensor: down.matrix(index)))
            }
        case .interleaved(let gateUpName, let downName):
            let gateUp = try plain(layer + gateUpName, [count, hidden, 2 * width])
            let down = try plain(layer + downName, [count, width, hidden])
            let gateUpBias = try plain(layer + gateUpName + "_bias", Shape(count, 2 * width)).widened
            let downBias = try plain(layer + downName + "_bias", Shape(count, hidden)).widened
            return try experts(mixture, layer: layer, names: (gateUpName, downName)) { index in
                let rows = gateUp.matrix(index).transposed
                let bias = gateUpBias.rows(index..<index + 1)
                return (
                    Weight.Part(tensor: rows.separatedRows, bias: bias.vector.separated),
                    Weight.Part(tensor: down.matrix(index).transposed, bias: downBias.rows(index..<index + 1).vector)
                )
            }
        }
    }

    private mutating func experts(
        _ mixture: MixtureConfiguration,
        layer: String,
        names: (gateUp: String, down: String),
        _ parts: (Int) -> (gateUp: Weight.Part, down: Weight.Part)
    ) throws(ModelError) -> [MixtureOfExperts.Expert] {
        var experts: [MixtureOfExperts.Expert] = []
        for index in 0..<mixture.routing.expertCount {
            let (gateUp, down) = parts(index)
            experts.append(
                MixtureOfExperts.Expert(
                    gateUp: try linear([gateUp], labels: ["\(index)"], of: layer + names.gateUp),
                    down: try linear([down], labels: ["\(index)"], of: layer + names.down)
                )
            )
        }
        return experts
    }
}
