import MartletCheckpoints
import MartletTensors

extension WeightSource {
    /// The weights of attention over latent vectors.
    mutating func latentAttention(
        _ configuration: DecoderConfiguration,
        _ latent: LatentConfiguration,
        index: Int,
        shared: SharedTables
    ) throws(ModelError) -> LatentAttention {
        let name = "\(configuration.names.layers).\(index).self_attn."
        let (hidden, heads) = (configuration.hiddenSize, configuration.headCount)
        let hasBias = configuration.hasQKVBias
        var queryLatent: LatentAttention.QueryLatent?
        if let rank = latent.queryRank {
            queryLatent = LatentAttention.QueryLatent(
                down: try linear([(name + "q_a_proj", rank)], inputs: hidden, hasBias: hasBias),
                norm: try norm(name + "q_a_layernorm", rank, configuration.norm)
            )
        }
        let (plain, rotary) = (latent.plainDimension, latent.rotaryDimension)
        // of each head's rows, the rotated ones come first
        let head = plain + rotary
        let rotated = (0..<heads).map { $0 * head + plain..<($0 + 1) * head }
        let unrotated = (0..<heads).map { $0 * head..<$0 * head + plain }
        let keys = try keyValueProjections(name + "kv_b_proj", latent, heads: heads)
        return LatentAttention(
            configuration: latent,
            queryLatent: queryLatent,
            queryProj: try linear(
                name + (latent.queryRank == nil ? "q_proj" : "q_b_proj"),
                outputs: heads * head,
                inputs: latent.queryRank ?? hidden,
                rows: rotated + unrotated,
                hasBias: false
            ),
            keyProj: try linear(
                name + "kv_a_proj_with_mqa",
                outputs: latent.keyDimension,
                inputs: hidden,
                rows: [latent.rank..<latent.keyDimension, 0..<latent.rank],
                hasBias: hasBias
            ),
            latentNorm: try norm(name + "kv_a_layernorm", latent.rank, configuration.norm),
            queryToLatent: keys.queryToLatent,
            latentToValue: keys.latentToValue,
            oProj: try linear(
                [(name + "o_proj", hidden)],
                inputs: heads * latent.valueDimension,
                hasBias: configuration.hasOutputBias
            ),
            parameters: AttentionParameters(
                headCount: heads,
                kvHeadCount: 1,
                headDimension: latent.keyDimension,
                scale: Float(configuration.attentionScale),
                slidingWindow: configuration.slidingWindows[index]
            ),
            rotation: Attention.Rotation(table: shared.rotations[0], pairs: configuration.rotaryPairs),
            layerIndex: index
        )
    }

    /// From `[heads × (plain + value), rank]`, each head's key rows above its value rows.
    private mutating func keyValueProjections(
        _ name: String,
        _ latent: LatentConfiguration,
        heads: Int
    ) throws(ModelError) -> (queryToLatent: [Linear], latentToValue: [Linear]) {
        let head = latent.plainDimension + latent.valueDimension
        let matrix = try plainMatrix(name, heads * head, latent.rank)
        var queryToLatent: [Linear] = []
        var latentToValue: [Linear] = []
        for index in 0..<heads {
            let keys = matrix.rows(index * head..<index * head + latent.plainDimension)
            let values = matrix.rows(index * head + latent.plainDimension..<(index + 1) * head)
            queryToLatent.append(Linear(weight: Weight([Weight.Part(tensor: keys.transposed)])))
            latentToValue.append(Linear(weight: Weight([Weight.Part(tensor: values)])))
        }
        return (queryToLatent, latentToValue)
    }

    /// A module's matrix; a quantized one widened, because its columns become rows.
    private mutating func plainMatrix(_ name: String, _ rows: Int, _ columns: Int) throws(ModelError) -> Tensor {
        guard let part = try stored(name, outputs: rows, inputs: columns) else {
            return try matrix(name + ".weight", rows, columns)
        }
        guard part.inputOrder == nil else {
            throw .checkpoint(
                .unsupportedDType(name: name, path: checkpoint.folder, dtype: "columns in another order")
            )
        }
        do throws(BackendError) {
            let storage = try backend.allocate(byteCount: 4 * rows * columns)
            let widened = Tensor(storage: storage, dtype: .float32, shape: Shape(rows, columns))
            let ids = Tensor(storage: try backend.allocate(byteCount: 4 * rows), dtype: .int32, shape: [rows])
            backend.upload((0..<rows).map { Int32($0) }, to: ids)
            backend.embed(ids, part: part, into: widened)
            return widened
        } catch { throw .backend(error) }
    }
}
