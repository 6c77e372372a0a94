import MartletTensors

extension EncoderConfiguration {
    /// The cosines and sines of each layer, one table for layers of the same base; `nil` where nothing is rotated.
    func rotaryTables(positions count: Int, backend: any Backend) throws(BackendError) -> [Tensor?] {
        guard case .rotary(let thetas) = positions else { return Array(repeating: nil, count: layerCount) }
        var made: [Double: Tensor] = [:]
        for theta in Set(thetas) {
            let rotary = RotaryConfiguration(
                theta: theta,
                dimension: headDimension,
                scaling: .none,
                maxPositionEmbeddings: count
            )
            made[theta] = try RotaryEmbedding.makeTable(rotary, positions: count, backend: backend)
        }
        return thetas.map { made[$0] }
    }
}

extension WeightSource {
    /// The tables of an encoder.
    mutating func embeddings(
        _ configuration: EncoderConfiguration,
        _ names: EncoderNames
    ) throws(ModelError) -> EncoderEmbeddings {
        let width = configuration.hiddenSize
        let words = try matrix(names.wordTable + ".weight", configuration.vocabularySize, width)
        var positions: Tensor?
        if case .table(let rows, _, _) = configuration.positions, let name = names.positionTable {
            positions = try matrix(name + ".weight", rows, width)
        }
        var types: Tensor?
        if configuration.typeCount > 0, let name = names.typeTable {
            types = try matrix(name + ".weight", configuration.typeCount, width)
        }
        return EncoderEmbeddings(
            wordTable: words,
            positionTable: positions,
            typeTable: types,
            norm: try layerNorm(names.embeddingNorm, configuration)
        )
    }

    /// A normalization; older checkpoints call its scale and shift `gamma` and `beta`.
    mutating func layerNorm(
        _ name: String,
        _ configuration: EncoderConfiguration
    ) throws(ModelError) -> LayerNormParameters {
        let isOld = !contains(name + ".weight") && contains(name + ".gamma")
        let width = configuration.hiddenSize
        return LayerNormParameters(
            width: width,
            weight: try vector(name + (isOld ? ".gamma" : ".weight"), width),
            bias: configuration.hasNormBias ? try vector(name + (isOld ? ".beta" : ".bias"), width) : nil,
            epsilon: Float(configuration.layerNormEpsilon)
        )
    }

    /// The weights of one layer.
    mutating func encoderLayer(
        _ configuration: EncoderConfiguration,
        _ names: EncoderNames,
        index: Int,
        rotaryTable: Tensor?,
        bias: Tensor?
    ) throws(ModelError) -> EncoderLayer {
        let layer = names.layers + "\(index)."
        let (width, inner) = (configuration.hiddenSize, configuration.intermediateSize)
        // a checkpoint has one matrix for each projection or one for all
        func parts(_ names: [String], _ total: Int) -> [(name: String, outputs: Int)] {
            names.map { (layer + $0, total / names.count) }
        }
        let isFirstOfPreNorm = configuration.normPlacement == .beforeSublayer && index == 0
        return EncoderLayer(
            attention: EncoderAttention(
                qkvProj: try linear(
                    parts(names.projections, 3 * width),
                    inputs: width,
                    hasBias: configuration.hasAttentionBias
                ),
                oProj: try linear(
                    parts([names.attentionOutput], width),
                    inputs: width,
                    hasBias: configuration.hasAttentionBias
                ),
                parameters: AttentionParameters(
                    headCount: configuration.headCount,
                    kvHeadCount: configuration.headCount,
                    headDimension: configuration.headDimension,
                    scale: 1 / Float(configuration.headDimension).squareRoot(),
                    slidingWindow: configuration.slidingWindows[index],
                    distanceBias: bias
                ),
                rotaryTable: rotaryTable
            ),
            attentionNorm: isFirstOfPreNorm ? nil : try layerNorm(layer + names.attentionNorm, configuration),
            mlp: EncoderMLP(
                upProj: try linear(
                    parts(names.up, configuration.isGated ? 2 * inner : inner),
                    inputs: width,
                    hasBias: configuration.hasUpBias
                ),
                downProj: try linear(parts([names.down], width), inputs: inner, hasBias: configuration.hasDownBias),
                activation: configuration.activation,
                isGated: configuration.isGated
            ),
            outputNorm: try layerNorm(layer + names.outputNorm, configuration),
            placement: configuration.normPlacement
        )
    }
}
